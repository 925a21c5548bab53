"""Hours of the deployed code in a simulated region: what 500 cameras need, and how outages are caught up."""
