"""The base of every error that a user or the cloud can cause: a sentence with the value and the way out."""


class OccupancyError(Exception):
    """Its text is shown to the user as it is, without a traceback; the command then exits with 1."""
