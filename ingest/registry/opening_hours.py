"""When a shop is open: spans of local time for each weekday; a span may pass midnight. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_PER_DAY = 24 * 60
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_DAYS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?")

Span = tuple[int, int]
"""Minutes after the weekday's midnight, the end exclusive; an end above 1440 lies on the next day."""


@dataclass(frozen=True)
class OpeningHours:
    """Spans for each weekday, Monday first. Raises ValueError if two of them overlap."""

    days: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        spans = sorted(
            (day * MINUTES_PER_DAY + start, day * MINUTES_PER_DAY + end) for day, start, end in self._spans()
        )
        if not spans:
            return
        following = (spans[0][0] + MINUTES_PER_WEEK, spans[0][1] + MINUTES_PER_WEEK)
        for (start, end), (next_start, next_end) in pairwise([*spans, following]):
            if next_start < end:
                raise ValueError(
                    f"opening hours overlap: {_week_text(start, end)} and {_week_text(next_start, next_end)}"
                )

    def is_open(self, weekday: int, minute: int) -> bool:
        """Whether the shop is open in that minute of local time; `weekday` 0 is Monday, `minute` 0..1439."""
        before = self.days[weekday - 1]
        return any(start <= minute < end for start, end in self.days[weekday]) or any(
            minute + MINUTES_PER_DAY < end for _, end in before
        )

    def to_map(self) -> dict[str, list[str]]:
        """`{"mon": ["09:00-20:00"], ...}` without closed days: the form of the registry."""
        return {
            name: [_span_text(*span) for span in spans]
            for name, spans in zip(WEEKDAYS, self.days, strict=True)
            if spans
        }

    def to_text(self) -> str:
        """`always` or `mon-fri 09:00-20:00; sat 10:00-18:00`: what `parse` reads."""
        if self == ALWAYS:
            return "always"
        runs: list[list[int]] = []
        for day, spans in enumerate(self.days):
            if runs and spans == self.days[runs[-1][0]]:
                runs[-1].append(day)
            else:
                runs.append([day])
        return "; ".join(
            " ".join([_days_text(run), *(_span_text(*span) for span in self.days[run[0]])])
            for run in runs
            if self.days[run[0]]
        )

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        for day, spans in enumerate(self.days):
            for start, end in spans:
                yield day, start, end


def parse(text: str) -> OpeningHours:
    """Read `always` or `mon-fri 09:00-12:00 13:00-20:00; sat 22:00-02:00`.

    Each day may be named once. Raises ValueError with a sentence that names the wrong part.
    """
    if text.strip().lower() == "always":
        return ALWAYS
    days: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.lower().split(";"))):
        names, *spans = part.split()
        if not spans:
            raise ValueError(f"opening hours {part!r} have no span: write them as 'mon-fri 09:00-20:00'")
        for name in _day_names(names):
            if name in days:
                raise ValueError(f"opening hours name {name} twice: put all its spans in one part")
            days[name] = spans
    if not days:
        raise ValueError("opening hours are empty: write 'always' or spans such as 'mon-sat 09:00-20:00'")
    return from_map(days)


def from_map(days: Mapping[str, Sequence[str]]) -> OpeningHours:
    """The inverse of `OpeningHours.to_map`. Raises ValueError."""
    unknown = sorted(set(days) - set(WEEKDAYS))
    if unknown:
        raise ValueError(f"weekday {unknown[0]!r} is unknown: use one of {' '.join(WEEKDAYS)}")
    return OpeningHours(tuple(tuple(_parse_span(span) for span in days.get(name, ())) for name in WEEKDAYS))


def _day_names(text: str) -> tuple[str, ...]:
    match = _DAYS.fullmatch(text)
    first, last = (match[1], match[2] or match[1]) if match else ("", "")
    if first not in WEEKDAYS or last not in WEEKDAYS:
        raise ValueError(
            f"weekday {text!r} is unknown: use one of {' '.join(WEEKDAYS)}, or a range such as mon-fri"
        )
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
    return tuple(WEEKDAYS[day % 7] for day in range(start, (end if end >= start else end + 7) + 1))


def _parse_span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f"opening span {text!r} is not of the form HH:MM-HH:MM")
    hours_from, minutes_from, hours_to, minutes_to = (int(group) for group in match.groups())
    start, end = hours_from * 60 + minutes_from, hours_to * 60 + minutes_to
    if max(minutes_from, minutes_to) > 59 or start >= MINUTES_PER_DAY or end > MINUTES_PER_DAY:
        raise ValueError(f"opening span {text!r} has a time outside 00:00-24:00")
    if start == end:
        raise ValueError(f"opening span {text!r} is empty: write a whole day as 00:00-24:00")
    return start, end if end > start else end + MINUTES_PER_DAY


def _span_text(start: int, end: int) -> str:
    # 24:00 stays as it is; only a later end wraps.
    end = end if end <= MINUTES_PER_DAY else end - MINUTES_PER_DAY
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _week_text(start: int, end: int) -> str:
    day, minute = divmod(start % MINUTES_PER_WEEK, MINUTES_PER_DAY)
    return f"{WEEKDAYS[day]} {_span_text(minute, minute + end - start)}"


def _days_text(run: Sequence[int]) -> str:
    return WEEKDAYS[run[0]] if len(run) == 1 else f"{WEEKDAYS[run[0]]}-{WEEKDAYS[run[-1]]}"


ALWAYS = OpeningHours((((0, MINUTES_PER_DAY),),) * 7)
