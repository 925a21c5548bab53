"""What the local services share on the wire: signatures, authentication errors, HTTP servers."""
