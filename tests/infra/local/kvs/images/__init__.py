"""Tests of GetImages."""
