"""People in a picture, found on this machine. Imports nothing of the service around it."""
