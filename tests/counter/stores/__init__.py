"""Stores and marks; `day_marks.py` is covered by test_marks.py."""
