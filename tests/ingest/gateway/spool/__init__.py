"""Spool. `test_spool` covers `folder`, too."""
