"""The base of every error that a user or the cloud can cause: a sentence with the value and the way out."""


class OccupancyError(Exception):
    """The user sees its text unchanged and without a traceback; the command then exits with 1."""
