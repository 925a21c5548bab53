"""The counter Lambda. `pictures` is covered by `test_no_picture`."""
