"""`test_run` covers `settings`, `senders`, `snapshot` and `faults`, `../test_audit` covers `watch`."""
