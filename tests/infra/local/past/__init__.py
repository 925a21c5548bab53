"""`test_days` covers `shops`, `chain` and `cameras`."""
