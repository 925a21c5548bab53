"""`occupancy store`; `cameras.py` is covered by test_command.py."""
