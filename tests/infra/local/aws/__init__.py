"""test_auth_middleware.py covers moto and refusal on the wire; ../test_audit.py covers request_observer.

The tests of doctor (../../cli/doctor) cover account_settings.py and organization.py.
"""
