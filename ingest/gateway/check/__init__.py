"""`occupancy gateway check`: what each camera sends, and whether it can be counted."""
