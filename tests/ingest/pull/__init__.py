"""The pull, from decisions to handler.

`archive.py` and `invocation.py` are, and most of `extraction.py` is, covered by test_camera.py, `images.py`
by test_auto.py, `outcomes.py` by test_handler.py. test_modes.py compares all modes on the same video,
test_lookups.py counts what is asked about 500 streams.
"""
