"""Doctor's checks of each camera: clock, video, one frame, its rows."""
