"""test_auth_middleware.py covers moto and refusal on the wire; ../test_audit.py covers request_observer."""
