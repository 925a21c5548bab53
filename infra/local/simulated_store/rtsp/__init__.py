"""The simulated store's RTSP server: what the store gateway meets where no real camera is."""
