"""The history bucket: a file for each store and local calendar day, written by the closing."""
