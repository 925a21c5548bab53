"""Times as the operator writes and reads them: by the clock on the shop's wall."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.errors import OccupancyError


class InvalidTime(OccupancyError, ValueError):
    """A text that is no time, or no single one on that wall clock."""


def read_time(text: str, time_zone: str) -> datetime:
    """`2026-11-22T14:05` by the clock of `time_zone`, or any ISO 8601 time with `Z` or an offset; in UTC.

    Raises InvalidTime for any other text, and where a change to or from summer time leaves out that local
    time or has it twice.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidTime(
            f"time {text!r} cannot be read: write it as 2026-11-22T14:05, or with a zone as 2026-11-22T13:05Z"
        ) from error
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    zone = ZoneInfo(time_zone)
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    # PEP 495: in a gap the earlier fold has the smaller offset, in a repeated hour the greater one.
    texts = [moment.isoformat(timespec="minutes") for moment in (first, second)]
    if (first.utcoffset() or timedelta()) < (second.utcoffset() or timedelta()):
        raise InvalidTime(
            f"time {text!r} is left out by the clocks of {time_zone}: write another, or one with Z"
        )
    raise InvalidTime(f"time {text!r} comes twice in {time_zone}: write {texts[0]} or {texts[1]}")


def show_time(time: datetime, time_zone: str, *, short_at: datetime | None = None) -> str:
    """`2026-11-22 14:05 CET`, with seconds if there are any, without the date on the day of `short_at`."""
    zone = ZoneInfo(time_zone)
    local = time.astimezone(zone)
    clock = f"{local:%H:%M:%S %Z}" if local.second else f"{local:%H:%M %Z}"
    today = short_at is not None and short_at.astimezone(zone).date() == local.date()
    return clock if today else f"{local:%Y-%m-%d} {clock}"
