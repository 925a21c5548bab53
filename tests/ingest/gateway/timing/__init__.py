"""Clocks, waits and rates. `uplink/test_recovery` covers `Recovery`, `test_fake_clock` the tests' `Clock`."""
