"""test_provision.py covers resources; test_provision_calls.py, lambdas/test_roles.py managed_policies."""
