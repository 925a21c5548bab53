"""Times in frame keys, tables and messages (aware, UTC, whole milliseconds) and for people (local). Pure."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
QUARTER_HOUR = timedelta(minutes=15)

_NO_SEPARATORS = str.maketrans("", "", "-:.")


def from_millis(millis: int) -> datetime:
    """The time `millis` milliseconds after the epoch."""
    return EPOCH + millis * MILLISECOND


def to_millis(time: datetime) -> int:
    """Milliseconds since the epoch, rounded down."""
    return (time - EPOCH) // MILLISECOND


def whole_millis(time: datetime) -> datetime:
    """`time` in UTC, cut to the millisecond."""
    return from_millis(to_millis(time))


def nearest_millis(time: datetime) -> datetime:
    """`time` in UTC, to the nearest millisecond: a float of epoch seconds is exact to that."""
    return whole_millis(time + MILLISECOND / 2)


def to_text(time: datetime) -> str:
    """`2026-11-22T14:05:00.000Z`, the form of the tables; its text order is the order of time."""
    # Not strftime: its %Y writes the year 1 as "1".
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """The inverse of `to_text`; milliseconds are optional, the zone is not. Raises ValueError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time: write it as 2026-11-22T14:05:00Z") from error
    if time.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: write it as 2026-11-22T14:05:00Z")
    try:
        return whole_millis(time)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the calendar in UTC") from error


def to_compact(time: datetime) -> str:
    """`20261122T140500000Z`, the form of the frame keys."""
    return to_text(time).translate(_NO_SEPARATORS)


def from_compact(text: str) -> datetime:
    """The inverse of `to_compact`. Raises ValueError for any other text."""
    digits = text[:8] + text[9:18]
    # int and strptime would also accept signs and spaces.
    if len(text) != 19 or text[8] + text[18] != "TZ" or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"{text!r} is not of the form YYYYMMDDTHHMMSSmmmZ")
    try:
        time = datetime.strptime(text[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a valid time") from error
    return time + int(text[15:18]) * MILLISECOND


def floor_to(time: datetime, step: timedelta) -> datetime:
    """The last multiple of `step` since the epoch at or before `time`."""
    return time - (time - EPOCH) % step


def quarter_start(time: datetime) -> datetime:
    """The start of the quarter hour that contains `time`."""
    return floor_to(time, QUARTER_HOUR)


def next_quarter(time: datetime) -> datetime:
    """The first quarter hour that starts after `time`."""
    return quarter_start(time) + QUARTER_HOUR


def show_time(time: datetime, time_zone: str, *, short_at: datetime | None = None) -> str:
    """`2026-11-22 14:05 CET`, with seconds if there are any, without the date on the day of `short_at`."""
    zone = ZoneInfo(time_zone)
    local = time.astimezone(zone)
    clock = f"{local:%H:%M:%S %Z}" if local.second else f"{local:%H:%M %Z}"
    today = short_at is not None and short_at.astimezone(zone).date() == local.date()
    return clock if today else f"{local:%Y-%m-%d} {clock}"
