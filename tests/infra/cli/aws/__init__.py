"""Tests of the deployed stack and its clients; test_stack.py and test_failures.py cover deployment.py too."""
