"""test_invocation.py covers context."""
