"""Each API over the wire of our own KVS service.

`images.py` is covered by tests/ingest/pull/test_auto.py, `readers.py` by tests/ingest/pull/test_handler.py,
and `video.py` by all of them.
"""
