"""The findings of checks: severity, what was found, and what to do about it. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The severity of a finding. Doctor exits with 1 if a finding is wrong or unknown."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One sentence that says what was found and, unless it is ok, one that says what to do."""

    level: Level
    what: str
    do: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether doctor exits with 1 because of it."""
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
    """Something worth knowing."""
    return Finding(Level.NOTE, what, do)


def warning(what: str, do: str) -> Finding:
    """Something that works, but not well or not for long."""
    return Finding(Level.WARNING, what, do)


def wrong(what: str, do: str) -> Finding:
    """Something that does not work."""
    return Finding(Level.WRONG, what, do)


def unknown(what: str, do: str) -> Finding:
    """Something that could not be checked."""
    return Finding(Level.UNKNOWN, what, do)
