"""The unit's service. `test_service` starts it by `__main__`, as the unit does."""
