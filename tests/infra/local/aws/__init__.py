"""`test_auth_middleware` covers `moto` and `refusal` on the wire, `../test_audit` `request_observer`.

The tests of doctor cover account_settings.py, organization.py and service_quotas.py.
"""
