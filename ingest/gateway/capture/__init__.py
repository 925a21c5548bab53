"""Camera -> spool: a camera's packets become fragments that KVS takes."""
