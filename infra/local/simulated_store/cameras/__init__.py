"""The cameras and their feeds: drawn by a simulated scene or read from real video."""
