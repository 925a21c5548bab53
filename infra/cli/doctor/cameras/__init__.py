"""Doctor's checks of a camera: its clock, video, one frame and its rows."""
