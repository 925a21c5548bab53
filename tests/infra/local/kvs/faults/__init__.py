"""Tests of the injected faults; `test_strikes` also covers `transport`, `test_docs` the page about them."""
