"""Decides from the evidence whether the guarantees held. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from counter.rows.occupancy import QuarterHour, Row, RowKey, roll_up
from infra.local.demo.late_frame import LateFinding, late_problem
from infra.local.demo.outside_reader import Comparison
from ingest.registry.camera import Camera
from ingest.times import quarter_start, to_text


@dataclass(frozen=True)
class Evidence:
    """What the local cloud holds once everything has been processed.

    `due` are the instants of each camera that need a row. `rows` are all rows of whole quarter
    hours, `quarters` the roll-ups of the quarter hours that hold rows. `history` is what an outside reader
    found in all day files, `late` what came of the frame for yesterday.
    """

    cameras: Sequence[Camera]
    due: Mapping[str, Sequence[datetime]]
    rows: Mapping[str, Sequence[Row]]
    quarters: Mapping[RowKey, QuarterHour | None]
    frames_left: Sequence[str]
    early_deletions: Sequence[str]
    failures: Sequence[str]
    dead_letters: int
    history: Comparison = field(default_factory=Comparison)
    late: LateFinding | None = None


def broken(evidence: Evidence) -> list[str]:
    """Return a sentence for each way in which a guarantee was broken; empty if all held."""
    return [
        *(sentence for camera in evidence.cameras for sentence in _row_problems(evidence, camera)),
        *_roll_up_problems(evidence),
        *_listed(
            "frame was deleted before its row was stored",
            "frames were deleted before their rows were stored",
            evidence.early_deletions,
        ),
        *_listed("frame is left in the bucket", "frames are left in the bucket", evidence.frames_left),
        *_summed(evidence.failures),
        *_dead_letters(evidence.dead_letters),
        *_summed(evidence.history.problems),
        *_late(evidence.late),
        *_nothing_counted(evidence),
    ]


def _row_problems(evidence: Evidence, camera: Camera) -> Iterator[str]:
    name = camera.camera_id
    there = {row.instant for row in evidence.rows[name]}
    missing = [to_text(instant) for instant in evidence.due[name] if instant not in there]
    yield from _listed(
        f"due instant of camera {name} has no row", f"due instants of camera {name} have no row", missing
    )
    unexpected = [to_text(instant) for instant in sorted(there) if not camera.is_due(instant)]
    yield from _listed(
        f"row of camera {name} is of an instant that is not due",
        f"rows of camera {name} are of instants that are not due",
        unexpected,
    )


def _roll_up_problems(evidence: Evidence) -> Iterator[str]:
    for (name, start), stored in evidence.quarters.items():
        rows = [row for row in evidence.rows[name] if quarter_start(row.instant) == start]
        expected = roll_up(name, start, rows)
        if stored != expected:
            found, wanted = _description(stored), _description(expected)
            yield f"the roll-up of camera {name} at {to_text(start)} is {found}, its rows are {wanted}"


def _description(quarter: QuarterHour | None) -> str:
    if quarter is None:
        return "missing"
    gaps = sum(quarter.gaps.values())
    return f"{quarter.counted} counted, {gaps} gaps, {quarter.person_seconds} person-seconds"


def _listed(singular: str, plural: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        yield (
            f"1 {singular}: {found[0]}" if len(found) == 1 else f"{len(found)} {plural}, the first {found[0]}"
        )


def _summed(sentences: Sequence[str]) -> Iterator[str]:
    """Yield each different sentence once, the most frequent five."""
    counted = Counter(sentences)
    for sentence, times in counted.most_common(5):
        yield sentence if times == 1 else f"{sentence} ({times} times)"
    if len(counted) > 5:
        yield f"... and {len(counted) - 5} more"


def _dead_letters(number: int) -> Iterator[str]:
    if number:
        yield f"{number} messages are in the dead-letter queues"


def compared(evidence: Evidence) -> str:
    """Say with what the history was compared."""
    history, late = evidence.history, evidence.late
    files, lines = _number(history.files, "day file"), _number(history.lines, "quarter hour")
    rows = _number(history.rows, "row")
    said = f"History: {files} with {lines} of cameras, compared with the roll-ups and {rows}."
    if late is None or late.before is None or late.after is None:
        return said
    before, after = late.before["counted"], late.after["counted"]
    return (
        f"{said} A frame for {late.frame.instant:%Y-%m-%d %H:%M} UTC came late: the file of that day had"
        f" {before} of {late.before['due']} instants counted, and now has {after}."
    )


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _late(finding: LateFinding | None) -> Iterator[str]:
    problem = finding and late_problem(finding)
    if problem:
        yield problem


def _nothing_counted(evidence: Evidence) -> Iterator[str]:
    if not any(row.count is not None for rows in evidence.rows.values() for row in rows):
        yield "nothing was counted"
