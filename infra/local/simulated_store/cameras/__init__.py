"""The cameras: what they give, drawn by a simulated view or read from real video."""
