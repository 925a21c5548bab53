"""The registry; `items.py` and `registered.py` are covered by test_table.py."""
