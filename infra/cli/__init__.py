"""The command `occupancy`."""
