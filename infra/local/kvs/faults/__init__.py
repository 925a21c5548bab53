"""Faults of the local KVS, for those who ask for them: what each is, how it is written, how it strikes."""
