"""The RTSP server of the simulated store, which replaces real cameras for the store gateway."""
