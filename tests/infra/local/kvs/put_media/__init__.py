"""Tests of PutMedia.

`test_session` covers `errors`, `fragment_tags`, `open_fragment` and `stream_header`.
`test_producer_sdk` plays what Amazon's producer does; `test_settling` changes a stream while media arrives.
"""
