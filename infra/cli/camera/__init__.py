"""`occupancy camera`: the camera registry's commands."""
