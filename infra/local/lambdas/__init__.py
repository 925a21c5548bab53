"""Runs the stack's functions as Lambda does."""
