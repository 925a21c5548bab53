"""Deliberate faults, to check that the demo notices them: the counter's steps in the wrong order."""

from collections.abc import Iterator
from contextlib import contextmanager

from counter.counting import batch

FAULTS = ("delete-before-write",)


@contextmanager
def fault(name: str | None) -> Iterator[None]:
    """Break the counter inside a `with`; None changes nothing."""
    whole = batch.STEPS
    if name is not None:
        batch.STEPS = tuple(reversed(whole))
    try:
        yield
    finally:
        batch.STEPS = whole
