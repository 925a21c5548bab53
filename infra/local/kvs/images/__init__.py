"""GetImages: images out of stored fragments."""
