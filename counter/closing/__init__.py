"""The closing Lambda: due instants without a row become gaps with their reasons."""
