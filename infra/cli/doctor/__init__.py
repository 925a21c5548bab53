"""`occupancy doctor`: finds what is wrong with a deployment and its cameras."""
