"""Whether the guarantees held: what the demo gathered at its end, judged. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from counter.rows.occupancy import QuarterHour, Row, RowKey, roll_up
from ingest.registry.camera import Camera
from ingest.times import quarter_start, to_text


@dataclass(frozen=True)
class Evidence:
    """What stands in the local cloud once everything has come to rest.

    `due` are the instants of each camera that had to end as a row. `rows` are all rows of whole quarter
    hours, `quarters` the roll-ups of the quarter hours that hold rows.
    """

    cameras: Sequence[Camera]
    due: Mapping[str, Sequence[datetime]]
    rows: Mapping[str, Sequence[Row]]
    quarters: Mapping[RowKey, QuarterHour | None]
    frames_left: Sequence[str]
    early_deletions: Sequence[str]
    failures: Sequence[str]
    dead_letters: int


def broken(evidence: Evidence) -> list[str]:
    """A sentence for each way in which a guarantee was broken; empty where all held."""
    return [
        *(sentence for camera in evidence.cameras for sentence in _row_problems(evidence, camera)),
        *_roll_up_problems(evidence),
        *_left_over(
            "frame was deleted before its row was stored",
            "frames were deleted before their rows were stored",
            evidence.early_deletions,
        ),
        *_left_over("frame is left in the bucket", "frames are left in the bucket", evidence.frames_left),
        *_summed(evidence.failures),
        *_dead_letters(evidence.dead_letters),
        *_nothing_counted(evidence),
    ]


def _row_problems(evidence: Evidence, camera: Camera) -> Iterator[str]:
    name = camera.camera_id
    there = {row.instant for row in evidence.rows[name]}
    missing = [to_text(instant) for instant in evidence.due[name] if instant not in there]
    yield from _left_over(
        f"due instant of camera {name} has no row", f"due instants of camera {name} have no row", missing
    )
    strange = [to_text(instant) for instant in sorted(there) if not camera.is_due(instant)]
    yield from _left_over(
        f"row of camera {name} is of an instant that is not due",
        f"rows of camera {name} are of instants that are not due",
        strange,
    )


def _roll_up_problems(evidence: Evidence) -> Iterator[str]:
    for (name, start), stored in evidence.quarters.items():
        rows = [row for row in evidence.rows[name] if quarter_start(row.instant) == start]
        expected = roll_up(name, start, rows)
        if stored != expected:
            found, wanted = _told(stored), _told(expected)
            yield f"the roll-up of camera {name} at {to_text(start)} is {found}, its rows are {wanted}"


def _told(quarter: QuarterHour | None) -> str:
    if quarter is None:
        return "missing"
    gaps = sum(quarter.gaps.values())
    return f"{quarter.counted} counted, {gaps} gaps, {quarter.person_seconds} person-seconds"


def _left_over(one: str, many: str, things: Sequence[str]) -> Iterator[str]:
    if things:
        yield f"1 {one}: {things[0]}" if len(things) == 1 else f"{len(things)} {many}, the first {things[0]}"


def _summed(sentences: Sequence[str]) -> Iterator[str]:
    """Each different sentence once; of many, the first few."""
    counted = Counter(sentences)
    for sentence, times in counted.most_common(5):
        yield sentence if times == 1 else f"{sentence} ({times} times)"
    if len(counted) > 5:
        yield f"... and {len(counted) - 5} more of this kind"


def _dead_letters(number: int) -> Iterator[str]:
    if number:
        yield f"{number} messages lie in the dead-letter queues"


def _nothing_counted(evidence: Evidence) -> Iterator[str]:
    if not any(row.count is not None for rows in evidence.rows.values() for row in rows):
        yield "nothing was counted"
