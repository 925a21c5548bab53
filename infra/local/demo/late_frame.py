"""A frame for yesterday that comes today: the day file is written without it, and then with it. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from counter.rows.occupancy import Row
from counter.rows.quarters import closable_until
from ingest.registry.camera import Camera, Source
from ingest.registry.opening_hours import WEEKDAYS, parse
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, to_text

LATE_CAMERA = "late-unit"
SAMPLE_EVERY = 50  # s; nobody is in the picture at whole minutes


@dataclass(frozen=True)
class LateFrame:
    """A sender with a single frame: of `instant`, on the last day (UTC) whose quarter hours are all over."""

    camera: Camera
    instant: datetime

    @property
    def day(self) -> date:
        """The day whose file must change."""
        return self.instant.date()


@dataclass(frozen=True)
class LateFinding:
    """What came of a late frame: its rows, and the line of its quarter hour before and after."""

    frame: LateFrame
    rows: Sequence[Row]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def late_frame(now: datetime, store_id: str, people: Callable[[float], int]) -> LateFrame:
    """Choose an instant with people in the picture, if there is one; `people` are those at a time."""
    day = closable_until(now).date() - timedelta(days=1)
    noon = datetime.combine(day, time(12), UTC)
    # Of this weekday alone: nothing else of the camera is due while the demo runs.
    hours = parse(f"{WEEKDAYS[day.weekday()]} 12:00-12:15")
    sampling = Sampling(SAMPLE_EVERY, opening_hours=hours)
    camera = Camera(LATE_CAMERA, store_id, noon, Source.PUSH, sampling=sampling)
    due = list(camera.due(noon, noon + QUARTER_HOUR))
    return LateFrame(camera, next((at for at in due if people(at.timestamp())), due[0]))


def late_problem(finding: LateFinding) -> str | None:
    """A sentence if the day file does not tell of the late frame as it should."""
    frame, before, after = finding.frame, finding.before, finding.after
    what = f"the late frame of {to_text(frame.instant)}"
    counts = {row.instant: row.count for row in finding.rows}
    if before is None:
        return f"the day file of {frame.day} was not written before {what} came"
    if counts.get(frame.instant) is None:
        return f"{what} has not been counted"
    if after is None or (before["counted"], after["counted"]) != (0, 1):
        return f"the day file of {frame.day} does not have {what}"
    if after["maximum"] != counts[frame.instant] or after["due"] != before["due"]:
        return f"the day file of {frame.day} has another count of {what} than its row"
    return None
