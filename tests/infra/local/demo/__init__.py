"""`test_run` covers `settings`, `senders`, `snapshot`, `stored_history` and `faults`.

`../test_audit` covers `watch`.
"""
