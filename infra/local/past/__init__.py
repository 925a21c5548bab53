"""A past for the local cloud: simulated shops -> rows and roll-ups -> day files, by the deployed code."""
