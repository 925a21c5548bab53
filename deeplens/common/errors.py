"""The base class of errors that a user of the unit can cause: a sentence with the value and the way out."""


class UnitError(Exception):
    """Its text is shown as it is, without a traceback."""
