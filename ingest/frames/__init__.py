"""What passes from ingest to counter: the frame bucket, its keys, and the messages beside them."""
