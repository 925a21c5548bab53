"""`occupancy demo`: a simulated store in the local cloud, watched live and judged at its end."""
