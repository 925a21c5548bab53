"""What a check found: how grave it is, what is so, and what to do about it. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is. With one that is wrong, or that could not be looked at, doctor ends with 1."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One sentence of what is so and, unless it is well, one of what to do."""

    level: Level
    what: str
    do: str = ""

    @property
    def grave(self) -> bool:
        """Whether all is not well with it."""
        return self.level in {Level.WRONG, Level.UNKNOWN}


@dataclass(frozen=True)
class Group:
    """The findings of one part of the deployment, or of one camera."""

    name: str
    findings: tuple[Finding, ...]


def ok(what: str) -> Finding:
    """Something is as it should be."""
    return Finding(Level.OK, what)


def note(what: str, do: str = "") -> Finding:
    """Something that one should know."""
    return Finding(Level.NOTE, what, do)


def warning(what: str, do: str) -> Finding:
    """Something that works, but not for long, or not well."""
    return Finding(Level.WARNING, what, do)


def wrong(what: str, do: str) -> Finding:
    """Something that does not work."""
    return Finding(Level.WRONG, what, do)


def unknown(what: str, do: str) -> Finding:
    """Something that could not be looked at."""
    return Finding(Level.UNKNOWN, what, do)
