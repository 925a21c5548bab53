"""Tests of the local KVS, mostly over its wire.

`test_http` covers `routes` and, with `test_server`, how requests arrive; the two `test_protocol_sheet`
modules check the whole service against the protocol sheet.
"""
