"""Tests of the checks of a camera; ../test_command.py covers inspection.py and one_frame.py."""
