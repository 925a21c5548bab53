"""`test_invocation` covers `context`."""
