"""Tests of `occupancy dead-letters`; test_command.py covers explanation.py, queue.py, sentences.py."""
