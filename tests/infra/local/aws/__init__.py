"""`test_auth_middleware` covers `moto` and `refusal` on the wire, `../test_audit` `request_observer`."""
