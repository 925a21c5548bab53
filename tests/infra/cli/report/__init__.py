"""Tests of `occupancy report`. `output` and `notes` are tested by test_command.py."""
