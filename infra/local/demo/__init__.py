"""`occupancy demo`: a simulated store in the local cloud, shown live, with a verdict at the end."""
