"""Camera -> spool: makes fragments that KVS accepts from a camera's packets."""
