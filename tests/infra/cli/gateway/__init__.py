"""Tests of `occupancy gateway`; test_command.py covers clients.py, too."""
