"""Numbers and lists as the commands' sentences write them. Pure."""

from collections.abc import Collection

_LISTED = 10


def counted(number: int, noun: str) -> str:
    """`1 camera`, `2 cameras`; for nouns whose plural ends in `s`."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Collection[str]) -> str:
    """The first ten names, and how many more there are."""
    more = len(names) - _LISTED
    return ", ".join([*names][:_LISTED]) + (f" and {more} more" if more > 0 else "")


def late_counts(days: Collection[str]) -> str:
    """The sentence of a report or an export whose day files are older than the counts."""
    return f"late counts of {listed(days)} are not in the history yet: the next closing adds them"
