"""The entry of a camera's recount: which rows, by which rule, how far it has come, and who runs it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ingest.errors import OccupancyError

LEASE = timedelta(seconds=20)
"""How long after its last sign of life a recount is taken for killed."""


@dataclass(frozen=True)
class Recount:
    """The recount of a camera's rows in [start, end), whole quarter hours; `rule` is the digest of the rule.

    `min_confidence` is the threshold that the operator asked for, None if that of the registry is to stay.
    All before `done` is recounted, and nothing from `reaching` on is touched yet. `owner` runs it until
    `expires` unless it says so again; None if nobody does.
    """

    camera_id: str
    start: datetime
    end: datetime
    rule: str
    min_confidence: float | None
    done: datetime
    reaching: datetime
    owner: str | None = None
    expires: datetime | None = None

    def runs_at(self, now: datetime) -> bool:
        """Whether somebody runs it, as far as one can tell."""
        return self.owner is not None and self.expires is not None and now < self.expires

    def owned(self, owner: str, now: datetime) -> "Recount":
        """It, run by `owner` from now on."""
        return replace(self, owner=owner, expires=now + LEASE)


class RecountRuns(OccupancyError):
    """Another command recounts the camera at this moment."""

    def __init__(self, recount: Recount) -> None:
        super().__init__(
            f"camera {recount.camera_id!r} is being recounted by another command: wait until it has ended"
        )
        self.recount = recount


class RecountUnfinished(OccupancyError):
    """A recount of another span of the camera was stopped before its end."""

    def __init__(self, recount: Recount) -> None:
        super().__init__(
            f"an earlier recount of camera {recount.camera_id!r} has not ended: finish it first with"
            f" `{command_of(recount)}`"
        )


class RecountTaken(OccupancyError):
    """Another command has taken the recount over from this one."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(
            f"another command has taken over the recount of camera {camera_id!r}: leave it to that one"
        )


def command_of(recount: Recount) -> str:
    """The command that resumes a recount."""
    asked = recount.min_confidence
    threshold = f" --min-confidence {asked:g}" if asked is not None else ""
    return (
        f"occupancy recount --camera {recount.camera_id} --from {recount.start:%Y-%m-%dT%H:%MZ}"
        f" --to {recount.end:%Y-%m-%dT%H:%MZ}{threshold}"
    )


def resumed(found: Recount | None, wanted: Recount, now: datetime) -> Recount:
    """What to run, given the camera's entry and what is asked for.

    The same span goes on where it stopped, by the rule of `wanted`: from its start if that is another rule,
    still knowing how far rows may have been touched. Raises RecountRuns or RecountUnfinished.
    """
    if found is None:
        return wanted
    if found.runs_at(now):
        raise RecountRuns(found)
    if (found.start, found.end) != (wanted.start, wanted.end):
        raise RecountUnfinished(found)
    if found.rule != wanted.rule:
        return replace(wanted, reaching=found.reaching)
    return replace(wanted, done=found.done, reaching=found.reaching)
