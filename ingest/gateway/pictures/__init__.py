"""Camera -> frame bucket: pictures of push cameras, over HTTP or from a device."""
