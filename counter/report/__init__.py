"""A report on a shop: figures -> words, charts, tables, one HTML page, for the command and others."""
