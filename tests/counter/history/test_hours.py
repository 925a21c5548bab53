import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from counter.history.hours import Sums, area_sums, hours_file
from counter.history.lines import HistoryLine, line_of
from ingest.frames.messages import GapReason
from tests.counter.history.sample_lines import BERLIN, dark, line, quarter

DAY = date(2026, 11, 22)


def read(*lines: HistoryLine) -> Any:
    return json.loads(hours_file("north", DAY, BERLIN, lines))


def test_an_area_has_the_greatest_mean_of_its_cameras() -> None:
    # Means of 4/3 and 2 people; the second counted one of three instants, 300 s: 2 * 900 person-seconds.
    half = quarter(
        camera="b", counted=1, gaps={GapReason.NO_MEDIA: 2}, person_seconds=600, counted_seconds=300
    )
    assert area_sums([line(camera="a"), line_of(half, BERLIN)]) == Sums(6, 4, 1800, 900)


def test_a_dark_area_has_no_people_and_no_time() -> None:
    assert area_sums([line_of(dark(), BERLIN)]) == Sums(3, 0, 0, 0)


def test_the_store_is_the_sum_of_its_areas() -> None:
    total = read(line(camera="a", area="door"), line(camera="b", area="tills"))["total"]
    span = {
        "local_start": "2026-11-22T15:00:00+01:00",
        "due": 6,
        "counted": 6,
        "person_seconds": 2400,
        "seconds": 900,
    }
    assert total == {"quarters": [span], "hours": [span]}


def test_hours_are_sums_of_their_quarter_hours() -> None:
    # 15:00, 15:45 and 16:00, local time.
    (first, second) = read(line(0), line(45), line(60))["areas"]["tills"]["hours"]
    assert (first["local_start"], first["person_seconds"], first["seconds"]) == (
        "2026-11-22T15:00:00+01:00", 2400, 1800,
    )  # fmt: skip
    assert (second["local_start"], second["due"]) == ("2026-11-22T16:00:00+01:00", 3)


def test_a_day_with_nothing_due() -> None:
    assert read() == {
        "store": "north",
        "day": "2026-11-22",
        "time_zone": "Europe/Berlin",
        "total": {"quarters": [], "hours": []},
        "areas": {},
    }


def test_hours_begin_where_the_clock_says_it() -> None:
    # In Kathmandu (UTC+5:45) an hour begins at a quarter past or to.
    zone = ZoneInfo("Asia/Kathmandu")
    lines = [line_of(quarter(minutes), zone) for minutes in (0, 15)]  # 19:45 and 20:00
    hours = json.loads(hours_file("north", DAY, zone, lines))["total"]["hours"]
    assert [hour["local_start"][11:16] for hour in hours] == ["19:00", "20:00"]


def test_the_doubled_hour_stays_two() -> None:
    # 2026-10-25 in Berlin: 00:30 and 01:30 UTC are both 02:30.
    starts = [datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(minutes=minutes) for minutes in (0, 60)]
    lines = [line_of(replace(quarter(), start=start), BERLIN) for start in starts]
    hours = json.loads(hours_file("north", date(2026, 10, 25), BERLIN, lines))["total"]["hours"]
    assert [hour["local_start"] for hour in hours] == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]
