"""Finds people in a picture on this machine. Imports nothing of the service around it."""
