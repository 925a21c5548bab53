"""Camera video -> frame bucket. `errors` holds a base class alone, which many tests raise and catch."""
