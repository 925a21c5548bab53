"""Rows and roll-ups: their values, how they are made, and their DynamoDB tables."""
