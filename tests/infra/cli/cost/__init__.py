"""Tests of `occupancy cost`. test_command.py covers estimate.py, price_file.py and tables.py."""
