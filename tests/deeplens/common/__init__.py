"""`errors` is a base class; test_hidden_texts.py covers `failures`, test_status.py `status_log`."""
