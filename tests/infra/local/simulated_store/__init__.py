"""Tests of the simulated store.

`test_publisher` covers `publisher`, `recorded`, `body` and `sender` against the local KVS;
`test_deeplens_unit` also covers `unit_library`.
"""
