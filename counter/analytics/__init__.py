"""Numbers for a shop, from the quarter hours of its cameras: series, figures, and how sure they are."""
