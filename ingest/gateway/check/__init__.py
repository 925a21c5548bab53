"""`occupancy gateway check`: what the cameras send, and whether uplink and spool can take it."""
