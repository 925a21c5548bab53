"""`test_publisher.py` and `test_recovery.py` cover `put_media_session`, `outbox` and `connection_errors` too.

They run against our KVS service. `dependencies` is a dataclass without code of its own.
"""
