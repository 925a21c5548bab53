"""The statistics behind the figures, on plain arrays: they know no cameras and no calendar."""
