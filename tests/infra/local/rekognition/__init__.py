"""`test_server` covers `detect_labels`, `errors` and `image` on the wire."""
