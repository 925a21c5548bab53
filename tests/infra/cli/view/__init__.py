"""Tests of `occupancy camera view`; test_server.py covers drawing.py and guard.py, too."""
