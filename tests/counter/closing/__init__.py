"""The closing; `history.py` is covered by tests/counter/history/test_run.py."""
