"""What the stack costs on AWS: prices, what the code uses, and the table of a month."""
