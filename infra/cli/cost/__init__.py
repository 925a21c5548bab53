"""`occupancy cost`: what the cameras of the registry cost in a month, and what would make it less."""
