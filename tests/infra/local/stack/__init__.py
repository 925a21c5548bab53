"""`test_provision` covers `resources`; `../lambdas/test_roles` covers `managed_policies`."""
