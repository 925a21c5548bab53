"""`occupancy report`: the figures of a store, an area, a camera or a zone, with how sure they are."""
