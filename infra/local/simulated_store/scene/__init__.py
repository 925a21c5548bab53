"""What a simulated camera shows: who is in view when, drawn by hand."""
