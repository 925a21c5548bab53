"""The local cloud: the deployed code, unchanged, on one machine."""
