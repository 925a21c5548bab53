"""Capture.

`test_source` and `test_devices` cover `opening` and `demuxing`, `test_camera_capture` covers `file_loop`.
"""
