"""Tests of `occupancy gateway`; test_command.py covers check.py and clients.py, too."""
