"""Tests of `occupancy dead-letters`; test_command.py covers explanation.py and queue.py, too."""
