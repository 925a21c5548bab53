"""Injected faults of the local KVS: how they are written, set at run time, and how they strike."""
