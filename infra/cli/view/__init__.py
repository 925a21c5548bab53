"""`occupancy camera view`: shows one frame of a camera on a local page, on which its zones are drawn."""
