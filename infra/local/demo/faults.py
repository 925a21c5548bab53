"""Deliberate faults, to see that the demo notices: two steps of the counter swapped."""

from collections.abc import Iterator
from contextlib import contextmanager

from counter.counting import batch

FAULTS = ("delete-before-write",)


@contextmanager
def fault(name: str | None) -> Iterator[None]:
    """Break the counter for the time of a `with`; None leaves it whole."""
    whole = batch.STEPS
    if name is not None:
        batch.STEPS = tuple(reversed(whole))
    try:
        yield
    finally:
        batch.STEPS = whole
