"""The registry. test_table.py and test_states.py cover `items.py`, `state_items.py`, `registered.py` and
`registry_errors.py`, too.
"""
