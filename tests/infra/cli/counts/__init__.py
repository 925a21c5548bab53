"""Tests of `occupancy counts`; test_command.py covers reading.py and watch.py, too."""
