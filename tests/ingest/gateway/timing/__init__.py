"""Clocks, waits and rates.

`clock` holds values alone. `../uplink/test_recovery` covers `Recovery`, `../test_fake_clock` the `Clock` of
the tests.
"""
