"""Spool -> KVS: PutMedia connections, deliveries and what ends them."""
