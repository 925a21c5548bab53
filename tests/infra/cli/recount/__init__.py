"""`test_command` covers `command.py`, `running.py` and `progress.py`: they are one command on the wire."""
