"""`occupancy recount`: the rules of today applied to the rows of the past."""
