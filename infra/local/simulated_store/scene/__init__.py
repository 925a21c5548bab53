"""The scene of a simulated camera: who is in view at what time, and how it is drawn."""
