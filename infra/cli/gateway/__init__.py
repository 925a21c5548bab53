"""`occupancy gateway`: the commands of the store gateway."""
