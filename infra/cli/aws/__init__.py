"""The deployed stack and its AWS clients, as every command uses them."""
