"""The counter Lambda: frame queue -> rows."""
