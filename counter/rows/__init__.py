"""What DynamoDB holds: rows and roll-ups, how they come about, and their tables."""
