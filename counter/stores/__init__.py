"""Stores: what a shop is, its local days, and the marks of days whose history must be written again."""
