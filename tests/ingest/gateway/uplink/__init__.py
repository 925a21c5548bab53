"""`test_publisher.py` and `test_recovery.py` cover `put_media_session`, `outbox` and `connection_errors` too.

They run against our KVS service. `dependencies` is a dataclass without code of its own. `test_connection.py`
covers `documents`, and `../capture/test_camera_capture.py` what it splits.
"""
