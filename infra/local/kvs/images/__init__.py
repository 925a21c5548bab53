"""GetImages: images from stored fragments."""
