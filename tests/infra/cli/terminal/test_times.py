import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.terminal.times import InvalidTime, option_time, read_time
from ingest.times import from_millis, from_text


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2026-11-22T14:05", "Europe/Berlin", "2026-11-22T13:05Z"),
        ("2026-07-22T14:05", "Europe/Berlin", "2026-07-22T12:05Z"),
        ("2026-11-22 14:05:30", "UTC", "2026-11-22T14:05:30Z"),
        ("2026-11-22", "Asia/Kathmandu", "2026-11-21T18:15Z"),
        (" 2026-11-22T14:05Z ", "Europe/Berlin", "2026-11-22T14:05Z"),
        ("2026-11-22T14:05-05:00", "Europe/Berlin", "2026-11-22T19:05Z"),
        # In the repeated hour the offset decides.
        ("2026-10-25T02:30+02:00", "Europe/Berlin", "2026-10-25T00:30Z"),
        ("2026-10-25T02:30+01:00", "Europe/Berlin", "2026-10-25T01:30Z"),
        ("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00Z"),
    ],
)
def test_times_are_those_of_the_shop(text: str, zone: str, utc: str) -> None:
    assert read_time(text, zone) == from_text(utc)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "today",
            "time 'today' cannot be read: write it as 2026-11-22T14:05, or with a zone as 2026-11-22T13:05Z",
        ),
        (
            "2026-10-25T02:30",
            (
                "time '2026-10-25T02:30' exists twice in Europe/Berlin: write 2026-10-25T02:30+02:00 or"
                " 2026-10-25T02:30+01:00"
            ),
        ),
        (
            "2026-03-29T02:30",
            (
                "time '2026-03-29T02:30' does not exist in Europe/Berlin, where the clocks go forward: write"
                " another time, or one with Z"
            ),
        ),
    ],
)
def test_texts_that_are_not_one_time(text: str, sentence: str) -> None:
    with pytest.raises(InvalidTime) as error:
        read_time(text, "Europe/Berlin")
    assert str(error.value) == sentence


@given(st.integers(0, 4_000_000_000).map(lambda seconds: from_millis(seconds * 1000)))
def test_an_iso_time_with_its_offset_reads_back(time: object) -> None:
    assert read_time(str(time), "Europe/Berlin") == time


def test_a_time_of_a_suggested_option_is_read_as_the_same_time() -> None:
    text = option_time(from_text("2026-11-22T14:05:10+01:00"))
    assert text == "2026-11-22T13:05:10Z"
    assert read_time(text, "Europe/Berlin") == from_text(text)
