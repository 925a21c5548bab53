"""What the cameras need, against what a stack and its account can do."""
