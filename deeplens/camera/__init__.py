"""The unit's camera: devices, pictures, the frame of each sample instant, the local display."""
