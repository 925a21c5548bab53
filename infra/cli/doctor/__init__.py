"""`occupancy doctor`: what is wrong with a deployment and its cameras, from the ground up."""
