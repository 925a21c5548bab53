"""Times as the operator writes and reads them: in the local time of the shop. Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.errors import OccupancyError

OPENING_HOURS_PERIOD = timedelta(days=8)
"""Opening hours repeat within this time, even when the clocks change."""


class InvalidTime(OccupancyError, ValueError):
    """A text that is not a time, or a local time that does not exist or exists twice."""


def read_time(text: str, time_zone: str) -> datetime:
    """Read `2026-11-22T14:05` as local time of `time_zone`, or an ISO 8601 time with a zone; returns UTC.

    Raises InvalidTime for any other text, and for a local time that a change to or from summer time skips or
    repeats.
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
    texts = [candidate.isoformat(timespec="minutes") for candidate in (first, second)]
    if (first.utcoffset() or timedelta()) < (second.utcoffset() or timedelta()):
        raise InvalidTime(
            f"time {text!r} does not exist in {time_zone}, where the clocks go forward: write another time,"
            " or one with Z"
        )
    raise InvalidTime(f"time {text!r} exists twice in {time_zone}: write {texts[0]} or {texts[1]}")


def option_time(time: datetime) -> str:
    """`2026-11-22T13:05:10Z`: a time in UTC as an option of a suggested command."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
