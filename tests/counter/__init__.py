"""Each module has a test of its name; test_guarantees.py and test_hidden_texts.py cover the whole package."""
