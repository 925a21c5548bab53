"""`occupancy counts`: what the counter has written, row by row."""
