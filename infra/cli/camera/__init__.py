"""`occupancy camera`: the commands of the camera registry."""
