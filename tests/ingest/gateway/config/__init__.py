"""`sending` is an enum without code of its own; `test_settings.py` reads its values."""
