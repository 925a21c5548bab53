from datetime import timedelta

import pytest

from infra.cli.counts.span import CountSpan, WrongSpan, read_span
from ingest.times import from_text
from tests.infra.cli.conftest import NOW

BERLIN = {"Europe/Berlin"}


def utc(text: str) -> CountSpan:
    start, end = text.split()
    return CountSpan(from_text(f"2026-11-{start}:00Z"), from_text(f"2026-11-{end}:00Z"))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (None, None, CountSpan(NOW - timedelta(hours=1), NOW)),
        ("2026-11-22T13:00", None, CountSpan(from_text("2026-11-22T12:00:00Z"), NOW)),
        (None, "2026-11-22T13:00", utc("22T11:00 22T12:00")),
        ("2026-11-21", "2026-11-22", utc("20T23:00 21T23:00")),
        ("2026-11-22T10:00Z", "2026-11-22T12:30+01:00", utc("22T10:00 22T11:30")),
        ("2026-11-22T10:00Z", "2026-11-24", utc("22T10:00 23T23:00")),
    ],
)
def test_spans(start: str | None, end: str | None, expected: CountSpan) -> None:
    assert read_span(start, end, BERLIN, NOW) == expected


@pytest.mark.parametrize(
    ("start", "end", "zones", "sentence"),
    [
        (
            "2026-11-22T15:00",
            None,
            BERLIN,
            "the span begins in the future: it is 2026-11-22 14:05:10 CET now, give an earlier time",
        ),
        (
            "2026-11-22T13:00",
            "2026-11-22T13:00",
            BERLIN,
            "--from 2026-11-22T13:00 is not before --to 2026-11-22T13:00: give an earlier --from",
        ),
        (
            "2026-11-22T13:00",
            None,
            {"Europe/Berlin", "Europe/London"},
            (
                "time '2026-11-22T13:00' is not clear, the cameras are in Europe/Berlin, Europe/London: add Z"
                " or an offset"
            ),
        ),
    ],
)
def test_wrong_spans(start: str | None, end: str | None, zones: set[str], sentence: str) -> None:
    with pytest.raises(WrongSpan) as error:
        read_span(start, end, zones, NOW)
    assert str(error.value) == sentence


def test_zones_that_agree_are_clear() -> None:
    assert read_span("2026-11-22T13:00", None, {"Europe/Berlin", "Europe/Paris"}, NOW).end == NOW


def test_slices_cover_the_span() -> None:
    span = utc("20T23:00 23T05:00")
    parts = list(span.slices(timedelta(days=1)))
    assert parts == [utc("20T23:00 21T23:00"), utc("21T23:00 22T23:00"), utc("22T23:00 23T05:00")]
    assert list(CountSpan(NOW, NOW).slices(timedelta(days=1))) == []
