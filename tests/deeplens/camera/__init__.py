"""`tests/ingest/test_blank` covers `blank`, `tests/ingest/frames/test_inspection` covers `inspection`."""
