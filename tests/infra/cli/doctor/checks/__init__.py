"""Tests of how checks run; ../test_command.py covers clients.py, ../test_docs.py operator_actions.py.

findings.py has only value types, which all tests of doctor use.
"""
