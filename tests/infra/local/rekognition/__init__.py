"""test_server.py covers detect_labels, errors and image on the wire."""
