"""`occupancy gateway`: the commands for the store gateway."""
