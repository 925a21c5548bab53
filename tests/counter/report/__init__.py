"""Tests of counter/report. `tables` is tested by test_page.py, `report` by test_build.py."""
