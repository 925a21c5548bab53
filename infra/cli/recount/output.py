"""What a recount changes, as a table and as sentences; times are local."""

from collections.abc import Iterator, Mapping, Sequence

from rich.table import Table

from counter.recount.row import LeftAlone
from counter.recount.run import Span
from counter.recount.totals import PersonSeconds, RecountTotals
from infra.cli.recount.choice import RecountedCamera
from infra.cli.terminal.tables import new_table
from infra.cli.terminal.texts import counted
from ingest.times import show_time

COLUMNS = ("camera", "rows", "changed", "other count", "people before", "after")

Result = tuple[RecountedCamera, RecountTotals]
"""A camera, and what its recount changes."""

_WHY: Mapping[LeftAlone, str] = {
    LeftAlone.FLOOR: "the detector was asked for people above a higher confidence only",
    LeftAlone.NO_BOXES: "somebody was on the frame, but the row does not say where",
    LeftAlone.EXPIRED: "other rows of their quarter hours have expired, which the roll-ups still hold",
    LeftAlone.NO_ROWS: "their rows have expired",
}


def headline(cameras: Sequence[RecountedCamera], span: Span) -> str:
    """What is recounted."""
    zone = cameras[0].registered.camera.sampling.time_zone
    times = " to ".join(show_time(moment, zone) for moment in span)
    return f"{_names(cameras)}, {times}, by the rule of today:"


def thresholds(cameras: Sequence[RecountedCamera]) -> Iterator[str]:
    """A sentence for each camera whose threshold changes in the registry."""
    for chosen in cameras:
        before, after = chosen.registered.camera.min_confidence, chosen.after.min_confidence
        if before != after:
            name = chosen.camera_id
            yield f"Camera {name} gets min_confidence {after:g} (now {before:g}), for new frames, too."


def changes_table(results: Sequence[Result]) -> Table:
    """A line for each camera, and below it one for each zone; people are means of the recounted rows."""
    table = new_table()
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "camera" else "right", no_wrap=True)
    for chosen, totals in results:
        numbers = (str(number) for number in (totals.rows, totals.changed, totals.counts))
        table.add_row(chosen.camera_id, *numbers, *_means(totals, None))
        zones = dict.fromkeys([*chosen.after.zones, *totals.before.zones])
        for zone in zones:
            table.add_row(f"  {zone}", "", "", "", *_means(totals, zone))
    return table


def left_alone(results: Sequence[Result]) -> Iterator[str]:
    """A sentence for each camera and reason why rows or quarter hours keep what they have."""
    for chosen, totals in results:
        zone = chosen.registered.camera.sampling.time_zone
        for reason, left in sorted(totals.left_alone.items()):
            times = " to ".join(dict.fromkeys(show_time(at, zone) for at in (left.first, left.last)))
            stay = "stays as it is" if left.number == 1 else "stay as they are"
            number = counted(left.number, "quarter hour" if reason is LeftAlone.NO_ROWS else "row")
            yield f"Camera {chosen.camera_id}: {number} of {times} {stay}, because {_WHY[reason]}."


def changes_nothing(results: Sequence[Result]) -> bool:
    """Whether there is nothing to store."""
    return not any(totals.changed or totals.roll_ups for _, totals in results)


def _means(totals: RecountTotals, zone: str | None) -> tuple[str, str]:
    before, after = (_mean(sums, totals.seconds, zone) for sums in (totals.before, totals.after))
    return before, after


def _mean(sums: PersonSeconds, seconds: int, zone: str | None) -> str:
    """The mean number of people; a dash for a zone that the rule does not have, and without counted rows."""
    total = sums.total if zone is None else sums.zones.get(zone)
    return "-" if total is None or not seconds else f"{total / seconds:.2f}"


def _names(cameras: Sequence[RecountedCamera]) -> str:
    if len(cameras) == 1:
        return f"Camera {cameras[0].camera_id}"
    return f"{counted(len(cameras), 'camera')} of store {cameras[0].registered.camera.store_id}"
