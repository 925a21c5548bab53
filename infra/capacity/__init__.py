"""What the cameras of a registry need, against what a stack and its account can do."""
