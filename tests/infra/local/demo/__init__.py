"""`test_run` covers `settings`, `senders`, `snapshot`, `stored_history`, `report_page` and `faults`.

`../test_audit` covers `watch`.
"""
