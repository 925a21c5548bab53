"""Reading a store: how far back, what is closed, whose lines. The bucket is in memory, as a dictionary."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from counter.analytics.figures import STORE, Kind, Measure, Subject
from counter.analytics.past_days import LOOK_BACK
from counter.analytics.spans import Step
from counter.history.bucket import StoredFile
from counter.history.files import DamagedFile, pack, quarters_file
from counter.history.keys import Month, month_key, quarters_key
from counter.history.lines import HistoryLine
from counter.history.reading import HistorySource
from counter.report.reading import ReadSeries, ReportSource, closed_until, read_series
from counter.report.report import By, Question
from counter.stores.day_marks import Marks
from counter.stores.store import Store
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR

TODAY = date(2026, 11, 22)
FIRST = date(2026, 8, 1)
SINCE = datetime(2026, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Files:
    """A bucket that notes the days that are read."""

    objects: dict[str, StoredFile] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)

    def get(self, key: str) -> StoredFile | None:
        if "day=" in key:
            self.days.append(key[12:22])
        return self.objects.get(key)


class NoMarks:
    def of_store(self, _: str) -> Marks:
        return Marks()


def lines(day: date, camera: str = "door", *, dark: bool = False) -> Iterator[HistoryLine]:
    """Two hours from 9:00 UTC on: two people in the first, three in the second, which may be dark."""
    for number in range(8):
        start = datetime.combine(day, time(9), UTC) + number * QUARTER_HOUR
        people = 2 if number < 4 else 3
        counted = 0 if dark and number >= 4 else 3
        yield HistoryLine(
            "north", camera, "floor", start, start, counted, 3, people * 300 * counted, 300 * counted,
            people if counted else None, people if counted else None,
            gaps_by_reason={} if counted else {GapReason.NO_MEDIA: 3},
            histogram={people: counted} if counted else {},
        )  # fmt: skip


def stored(found: Sequence[HistoryLine]) -> StoredFile:
    return StoredFile(pack(quarters_file(found)), "etag")


def history(dark: Sequence[date] = (), cameras: Sequence[str] = ("door",)) -> Files:
    files = Files()
    day = FIRST
    while day < TODAY:
        found = [line for camera in cameras for line in lines(day, camera, dark=day in dark)]
        files.objects[quarters_key(day, "north")] = stored(found)
        day += timedelta(days=1)
    return files


def source(
    files: Files, threads: ThreadPoolExecutor, cameras: Sequence[RegisteredCamera] = ()
) -> ReportSource:
    reader = HistorySource(files, NoMarks(), None)  # type: ignore[arg-type] # in memory
    return ReportSource(reader, threads, Store("north", next_day=TODAY), cameras, NOW)


def read(files: Files, subject: Subject = STORE, days: int = 7) -> ReadSeries:
    question = Question(subject, TODAY - timedelta(days=days), TODAY - timedelta(days=1), By.DAY)
    with ThreadPoolExecutor(4) as threads:
        return read_series(source(files, threads), question)


def test_a_span_without_gaps_is_read_alone() -> None:
    files = history()
    found = read(files)
    assert sorted(files.days) == [f"2026-11-{day}" for day in range(15, 22)]
    assert len(found.columns) == 7 * 8


def test_gaps_are_filled_from_as_much_of_the_past_as_they_need() -> None:
    gap = date(2026, 11, 20)
    files = history([gap])
    found = read(files)
    # 5 days of the week before it, and 28 more: of these 33 the last 24 are used.
    assert min(files.days) == "2026-10-18"
    (filled,) = found.series.joined.filled.values()
    assert len(filled.errors) == 24
    (friday,) = found.series.table(*_days(gap))
    # 2 in the first hour and 3 in the second; of what was counted alone the mean would be 2.
    assert friday[Measure.MEAN].value == pytest.approx(2.5, abs=0.1)


def test_the_past_is_read_for_gaps_that_are_not_filled_too() -> None:
    """A third of each quarter hour is missing: it stands for itself, if complete days are known."""
    gap = date(2026, 11, 20)
    files = history()
    thin = [
        replace(
            line,
            counted=2,
            person_seconds=line.person_seconds // 3 * 2,
            counted_seconds=600,
            gaps_by_reason={GapReason.NO_MEDIA: 1},
            histogram=dict.fromkeys(line.histogram, 2),
        )
        for line in lines(gap)
    ]
    files.objects[quarters_key(gap, "north")] = stored(thin)
    (friday,) = read(files).series.table(*_days(gap))
    assert friday.instants.missing == pytest.approx(1 / 3)
    assert friday[Measure.MEAN].value == pytest.approx(2.5)


def test_the_past_that_was_not_read_would_not_have_changed_the_figure() -> None:
    gap = date(2026, 11, 20)
    files = history([gap])
    short = read(files).series.table(*_days(gap))[0][Measure.MEAN]
    long = read(files, days=84).series.table(*_days(gap))[0][Measure.MEAN]
    assert (short.value, short.low, short.high) == pytest.approx((long.value, long.low, long.high))


def test_a_past_with_gaps_is_read_further_back_but_not_for_ever() -> None:
    dark = [TODAY - timedelta(days=number) for number in range(1, 60)]
    files = history([day for day in dark if day.weekday() < 5])
    read(files)
    assert min(files.days) < "2026-09-20"
    files = history([TODAY - timedelta(days=number) for number in range(1, 100)])
    read(files)
    assert min(files.days) == str(TODAY - timedelta(days=7) - LOOK_BACK)


def test_of_a_camera_only_its_lines_are_kept() -> None:
    files = history(cameras=("door", "till"))
    assert set(read(files, Subject(Kind.CAMERA, "door")).columns.cameras) == {"door"}
    assert set(read(files).columns.cameras) == {"door", "till"}


def test_a_missing_file_is_named() -> None:
    files = history()
    del files.objects[quarters_key(date(2026, 11, 18), "north")]
    assert read(files).unwritten == (date(2026, 11, 18),)


def test_lines_after_midnight_belong_to_the_trading_day_before() -> None:
    files = history()
    with ThreadPoolExecutor(1) as threads:
        reader = HistorySource(files, NoMarks(), None)  # type: ignore[arg-type] # in memory
        store = Store("north", next_day=TODAY, day_starts=time(10))
        day = date(2026, 11, 10)
        read_series(ReportSource(reader, threads, store, (), NOW), Question(STORE, day, day, By.DAY))
    assert sorted(files.days) == ["2026-11-10", "2026-11-11"]


def test_a_file_of_other_lines_is_damaged() -> None:
    files = history()
    files.objects[quarters_key(date(2026, 11, 18), "north")] = StoredFile(pack(b'{"a":1}\n'), "etag")
    with pytest.raises(DamagedFile, match=r"day=2026-11-18/.* is not a file of quarter hours"):
        read(files)


def test_damage_in_a_month_s_file_is_said_of_that_file_with_the_whole_way_out() -> None:
    files = history()
    files.objects[month_key(Month(2026, 10), "north")] = StoredFile(pack(b'{"a":1}\n'), "etag")
    whole = r"^history/month=2026-10/.* store rebuild north --from 2026-10-01 --to 2026-10-31`$"
    question = Question(STORE, date(2026, 10, 1), date(2026, 10, 31), By.DAY)
    with ThreadPoolExecutor(1) as threads:
        reader = HistorySource(files, NoMarks(), None)  # type: ignore[arg-type] # in memory
        source = ReportSource(reader, threads, Store("north", next_day=TODAY), (), NOW)
        with pytest.raises(DamagedFile, match=whole):
            read_series(source, question)


@pytest.mark.parametrize("number", [-1, 2**31, 10**30])
def test_a_number_that_no_quarter_hour_has_is_damage(number: int) -> None:
    files = history()
    wrong = [replace(line, person_seconds=number) for line in lines(date(2026, 11, 18))]
    files.objects[quarters_key(date(2026, 11, 18), "north")] = stored(wrong)
    with pytest.raises(DamagedFile, match=r"day=2026-11-18/"):
        read(files)


def test_many_people_add_up_beyond_32_bits() -> None:
    files = history()
    for day in range(15, 22):
        full = [replace(line, person_seconds=2**31 - 1) for line in lines(date(2026, 11, day))]
        files.objects[quarters_key(date(2026, 11, day), "north")] = stored(full)
    found = read(files).series.table(Step.WEEK, date(2026, 11, 16), date(2026, 11, 21))[0]
    # 8 quarter hours on 6 days.
    assert found[Measure.PERSON_MINUTES].value == pytest.approx(48 * (2**31 - 1) / 60)


def test_written_days_are_closed_and_the_others_as_far_as_their_cameras() -> None:
    start = datetime(2026, 11, 22, tzinfo=UTC)
    door, till = (Camera(name, "north", SINCE, area=f"at-{name}") for name in ("door", "till"))
    late = RegisteredCamera(door, closed_until=start - timedelta(hours=9))
    early = RegisteredCamera(till, closed_until=start + timedelta(hours=2))
    with ThreadPoolExecutor(1) as threads:
        found = source(Files(), threads, (late, early))
        assert closed_until(found, STORE) == start
        assert closed_until(found, Subject(Kind.AREA, "at-till")) == start + timedelta(hours=2)
        assert closed_until(found, Subject(Kind.ZONE, "queue", "till")) == start + timedelta(hours=2)
        assert closed_until(found, Subject(Kind.CAMERA, "gone")) == NOW


def _days(day: date) -> tuple[Step, date, date]:
    return Step.DAY, day, day
