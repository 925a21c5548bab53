"""Tests of the scene; `test_view` covers `figures`."""
