"""`occupancy dead-letters`: list what could not be counted; retry or delete it."""
