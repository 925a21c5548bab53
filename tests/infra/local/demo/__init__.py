"""`test_run` runs the demo with its settings, senders, snapshot and faults; `../test_audit` covers watch."""
