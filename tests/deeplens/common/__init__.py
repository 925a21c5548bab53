"""`../test_status` covers `status_log`, `../test_hidden_texts` `failures`; `errors` only has a base class."""
