"""The unit's camera: devices, pictures, which picture is the frame of which sample instant, the display."""
