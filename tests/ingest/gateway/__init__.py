"""The store gateway.

`test_supervisor` and `test_wrong_clock` cover `supervisor` and `aws_time`, `test_camera_pool` push cameras
(`push_camera`). In `test_faults`, KVS fails at random points; in `test_bad_cameras`, cameras send what they
should not.
"""
