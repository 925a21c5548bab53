"""`occupancy export`: rows and quarter hours as files for other programs."""
