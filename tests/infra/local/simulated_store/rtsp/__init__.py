"""Tests of the RTSP server; `test_server` covers `presentation`, as FFmpeg sees it."""
