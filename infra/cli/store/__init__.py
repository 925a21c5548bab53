"""`occupancy store`: the shops, their time zones and what their figures are measured against."""
