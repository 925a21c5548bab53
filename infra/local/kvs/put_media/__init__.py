"""PutMedia: receives media and sends acknowledgements."""
