"""The base of every error that a user or the cloud can cause: it names the value and what to do."""


class OccupancyError(Exception):
    """The user sees its text unchanged and without a traceback; the command then exits with 1."""
