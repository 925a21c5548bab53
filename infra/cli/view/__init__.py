"""`occupancy camera view`: one frame of a camera on a page of this machine, and the zones drawn on it."""
