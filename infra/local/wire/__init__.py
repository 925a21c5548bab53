"""What the local services have in common on the wire: signatures, the errors of the front door, serving."""
