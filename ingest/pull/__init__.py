"""The pull Lambda: KVS -> frame bucket."""
