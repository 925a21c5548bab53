"""Tests of the state of the service.

`../test_control` and `../test_server` cover `errors`, `parameters`, `requests` and `streams` over the wire;
`test_fault` and the protocol sheets cover `error_ids`; the tests of the APIs cover `limits` and `service`.
"""
