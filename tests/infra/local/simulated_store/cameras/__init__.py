"""Tests of the cameras.

`test_video` covers `reading` and `encoder`, `test_simulated` the interface in `media`; `test_footage` counts
people in real video.
"""
