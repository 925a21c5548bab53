from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.registry.camera import ORIGINAL_DEEPLENS, Camera, Change, InvalidCamera, Mode, Source
from ingest.registry.opening_hours import parse
from ingest.registry.polygons import Polygon
from ingest.registry.sampling import Sampling
from ingest.times import MILLISECOND, QUARTER_HOUR, from_text, next_quarter

START = from_text("2026-11-22T12:00Z")
NOW = from_text("2026-11-22T14:05Z")
QUARTER = from_text("2026-11-22T14:15Z")
NO_AREA = "has no area, its edges lie on each other: give corners off that line"
TRIANGLE: Polygon = ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0))


def camera(**settings: Any) -> Camera:
    return Camera(**{"camera_id": "entrance", "store_id": "berlin-1", "since": START, **settings})


def clocks(instants: Any) -> list[str]:
    return [f"{instant:%H:%M:%S}" for instant in instants]


def test_the_defaults_of_a_camera() -> None:
    plain = camera()
    assert (plain.area, plain.stream_name, plain.mode, plain.min_confidence) == (
        "entrance",
        "entrance",
        Mode.FRAGMENTS,
        95,
    )
    assert plain.sampling == Sampling(300, "UTC", parse("always"))
    assert camera(source=Source.PUSH).stream_name is None


@pytest.mark.parametrize(
    ("settings", "sender"),
    [
        ({}, "stream/entrance"),
        ({"stream_name": "Front_Door.1"}, "stream/Front_Door.1"),
        ({"source": Source.PUSH}, None),
        ({"source": Source.PUSH, "original_deeplens": True}, ORIGINAL_DEEPLENS),
    ],
)
def test_the_sender(settings: dict[str, Any], sender: str | None) -> None:
    assert camera(**settings).sender == sender


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"camera_id": "Entrance"},
            "camera name 'Entrance' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
        ),
        ({"store_id": ""}, "store name '' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"),
        ({"area": "-hall"}, "area name '-hall' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"),
        (
            {"area": "x" * 64},
            f"area name '{'x' * 64}' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
        ),
        ({"stream_name": "a b"}, "stream name 'a b' must be 1 to 256 of letters, digits, '_', '.' and '-'"),
        (
            {"source": Source.PUSH, "stream_name": "x"},
            "a push camera has no stream, but stream 'x' is given",
        ),
        (
            {"original_deeplens": True},
            "a unit with the original DeepLens function is a push camera: give source push",
        ),
        ({"min_confidence": 49.9}, "min_confidence 49.9 is outside 50..100"),
        ({"min_confidence": 101.0}, "min_confidence 101 is outside 50..100"),
        ({"min_confidence": float("nan")}, "min_confidence nan is outside 50..100"),
        ({"sampling": Sampling(0)}, "sample_every 0 is outside 1..840 seconds"),
        ({"sampling": Sampling(841)}, "sample_every 841 is outside 1..840 seconds"),
        (
            {"sampling": Sampling(time_zone="Berlin")},
            "time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin",
        ),
        (
            {"sampling": Sampling(time_zone="Europe")},
            "time zone 'Europe' is unknown: use an IANA name such as Europe/Berlin",
        ),
        (
            {"sampling": Sampling(time_zone="../etc/passwd")},
            "time zone '../etc/passwd' is unknown: use an IANA name such as Europe/Berlin",
        ),
        (
            {"sampling": Sampling(time_zone="")},
            "time zone '' is unknown: use an IANA name such as Europe/Berlin",
        ),
        ({"zones": {"till": TRIANGLE[:2]}}, "zone 'till' has 2 different points, a polygon needs at least 3"),
        (
            {"zones": {"till": (*TRIANGLE[:2], TRIANGLE[0])}},
            "zone 'till' has 2 different points, a polygon needs at least 3",
        ),
        (
            {"zones": {"till": ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0))}},
            f"zone 'till' {NO_AREA}",
        ),
        (
            # Its area as a float is not exactly 0.
            {"ignore": {"mirror": ((0.1, 0.3), (0.2, 0.4), (0.3, 0.5))}},
            f"ignore 'mirror' {NO_AREA}",
        ),
        (
            # There and back: not a line, but with nothing between its edges.
            {"zones": {"till": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (1.0, 0.0))}},
            f"zone 'till' {NO_AREA}",
        ),
        (
            {"ignore": {"mirror": ((0.0, 0.0), (1.0, 0.0), (0.5, 1.01))}},
            "ignore 'mirror' has the point (0.5, 1.01) outside 0..1",
        ),
        (
            {"zones": {"Till": TRIANGLE}},
            "zone name 'Till' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
        ),
    ],
)
def test_an_invalid_camera_is_refused(settings: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidCamera) as error:
        camera(**settings)
    assert error.value.problems == (problem,)
    assert str(error.value) == f"camera {settings.get('camera_id', 'entrance')!r}: {problem}"


def test_all_mistakes_at_once() -> None:
    with pytest.raises(InvalidCamera) as error:
        camera(store_id="B", min_confidence=1.0, sampling=Sampling(0, "X"), zones={"a": ()})
    assert len(error.value.problems) == 5


def test_nothing_is_due_before_a_camera_begins() -> None:
    late = camera(since=from_text("2026-11-22T14:05:00.001Z"))
    assert clocks(late.due(START, from_text("2026-11-22T14:16Z"))) == ["14:10:00", "14:15:00"]
    assert not late.is_due(NOW)
    assert camera(since=NOW).is_due(NOW)


def test_a_change_takes_effect_at_the_next_quarter_hour() -> None:
    changed = camera().with_sampling(Sampling(420), NOW)
    assert changed.previous == (Change(QUARTER, Sampling(300)),)
    assert clocks(changed.due(NOW, from_text("2026-11-22T14:30Z"))) == [
        "14:05:00",
        "14:10:00",
        "14:20:00",
        "14:27:00",
    ]
    assert changed.sampling_at(QUARTER - MILLISECOND) == Sampling(300)
    assert changed.sampling_at(QUARTER) == Sampling(420)


def test_at_a_quarter_hour_the_change_waits_for_the_next() -> None:
    assert camera().with_sampling(Sampling(60), QUARTER).previous[0].until == QUARTER + QUARTER_HOUR


def test_a_pending_change_is_replaced() -> None:
    twice = camera().with_sampling(Sampling(60), NOW).with_sampling(Sampling(30), NOW + timedelta(minutes=5))
    assert twice == camera(sampling=Sampling(30), previous=(Change(QUARTER, Sampling(300)),))


def test_a_pending_change_may_be_taken_back() -> None:
    assert camera().with_sampling(Sampling(60), NOW).with_sampling(Sampling(300), NOW) == camera()


def test_a_change_that_took_effect_is_kept() -> None:
    twice = camera().with_sampling(Sampling(60), NOW).with_sampling(Sampling(300), QUARTER)
    assert [change.until for change in twice.previous] == [QUARTER, QUARTER + QUARTER_HOUR]
    assert [change.sampling.sample_every for change in twice.previous] == [300, 60]


def test_no_change_changes_nothing() -> None:
    assert camera().with_sampling(Sampling(300), NOW) == camera()


def test_a_camera_that_was_paused_has_no_instants_in_between() -> None:
    paused = camera().with_sampling(Sampling(300, enabled=False), NOW)
    resumed = paused.with_sampling(Sampling(300), QUARTER + timedelta(minutes=1))
    assert clocks(resumed.due(NOW, from_text("2026-11-22T14:40Z"))) == [
        "14:05:00",
        "14:10:00",
        "14:30:00",
        "14:35:00",
    ]


def test_a_change_of_settings_is_checked() -> None:
    with pytest.raises(InvalidCamera, match=r"sample_every 900 is outside 1\.\.840 seconds"):
        camera().with_sampling(Sampling(900), NOW)


@pytest.mark.parametrize(
    ("sample_every", "age", "inside"),
    [
        (300, timedelta(seconds=30), True),  # inclusive
        (300, timedelta(seconds=30) + MILLISECOND, False),
        (300, timedelta(0), True),
        (300, -MILLISECOND, False),
        # At short intervals the instant before owns the frame at its own time.
        (10, timedelta(seconds=10) - MILLISECOND, True),
        (10, timedelta(seconds=10), False),
    ],
)
def test_how_old_a_frame_may_be(sample_every: int, age: timedelta, inside: bool) -> None:
    after, until = camera(sampling=Sampling(sample_every)).frame_window(NOW)
    assert (after < NOW - age <= until) is inside


def test_the_first_instant_after_a_closed_night_may_be_of_a_keyframe_before() -> None:
    opening = camera(sampling=Sampling(10, opening_hours=parse("sun 14:05-15:00")))
    after, _ = opening.frame_window(NOW)
    assert after == NOW - timedelta(seconds=10) - MILLISECOND


samplings = st.builds(
    Sampling,
    sample_every=st.sampled_from([1, 2, 7, 20, 31, 300, 420]),
    opening_hours=st.sampled_from(["always", "sun 14:05-14:20 14:31-18:00", "sat-sun 18:00-14:10"]).map(
        parse
    ),
    enabled=st.sampled_from([True, True, False]),
)


@st.composite
def changing_cameras(draw: st.DrawFn) -> Camera:
    """A camera that an operator changed a few times within an hour and a half."""
    changed = camera(since=START + timedelta(minutes=draw(st.integers(0, 130))), sampling=draw(samplings))
    for minutes in sorted(draw(st.lists(st.integers(100, 200), max_size=4))):
        changed = changed.with_sampling(draw(samplings), START + timedelta(minutes=minutes))
    return changed


@given(changing_cameras(), st.integers(5_000, 13_000), st.integers(0, 1500))
def test_due_is_every_instant_that_is_due(changed: Camera, offset: int, seconds: int) -> None:
    start = START + timedelta(seconds=offset)
    every_second = (start + timedelta(seconds=second) for second in range(seconds))
    expected = [time for time in every_second if changed.is_due(time)]
    assert list(changed.due(start, start + timedelta(seconds=seconds))) == expected


@given(changing_cameras(), st.integers(-1_000, 14_000), st.integers(0, 5_000))
def test_due_before_is_due_backwards(changed: Camera, offset: int, seconds: int) -> None:
    start = START + timedelta(seconds=offset)
    end = start + timedelta(seconds=seconds)
    assert list(changed.due_before(start, end)) == list(changed.due(start, end))[::-1]


@given(changing_cameras(), st.integers(5_000, 13_000))
def test_one_frame_never_serves_two_instants(changed: Camera, offset: int) -> None:
    start = START + timedelta(seconds=offset)
    windows = [
        changed.frame_window(instant) for instant in changed.due(start, start + timedelta(seconds=120))
    ]
    for (_, until), (after, _) in pairwise(windows):
        assert after >= until


@given(st.lists(st.tuples(st.integers(0, 3_000), samplings), max_size=5))
def test_what_was_due_in_a_quarter_hour_that_began_stays_due(changes: list[tuple[int, Sampling]]) -> None:
    changed, now = camera(sampling=Sampling(60)), START
    for seconds, sampling in changes:
        now += timedelta(seconds=seconds)
        before, changed = changed, changed.with_sampling(sampling, now)
        settled = (START, next_quarter(now))
        assert list(changed.due(*settled)) == list(before.due(*settled))


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("14:05:00.000", "14:05"),
        ("14:07:29.999", "14:05"),
        ("14:07:30.000", "14:05"),
        ("14:07:30.001", "14:10"),
        ("14:09:59.999", "14:10"),
    ],
)
def test_the_nearest_instant(time: str, instant: str) -> None:
    nearest = camera().nearest_instant(from_text(f"2026-11-22T{time}Z"))
    assert nearest == from_text(f"2026-11-22T{instant}Z")


def test_a_nearest_instant_that_is_not_due_is_none() -> None:
    closed = camera(sampling=Sampling(opening_hours=parse("sun 09:00-14:00")))
    assert closed.nearest_instant(NOW) is None
    assert replace(closed, since=NOW).nearest_instant(from_text("2026-11-22T13:00Z")) is None


def test_the_nearest_instant_may_lie_in_the_next_quarter_hour() -> None:
    changed = camera().with_sampling(Sampling(420), NOW)
    late: datetime = from_text("2026-11-22T14:14:00Z")
    # 14:15 is an instant of the old timing but not of the new one.
    assert changed.nearest_instant(late) is None


def test_a_timing_may_begin_later_and_keeps_what_is_pending_before() -> None:
    now, midnight = from_text("2026-11-22T13:05Z"), from_text("2026-11-22T23:00Z")
    before = Camera("till", "north", now)
    hourly = before.with_sampling(replace(before.sampling, sample_every=600), now)
    both = hourly.with_sampling(replace(hourly.sampling, time_zone="Europe/Berlin"), now, midnight)
    timings = [both.sampling_at(at) for at in (now, from_text("2026-11-22T13:15Z"), midnight)]
    assert [(each.sample_every, each.time_zone) for each in timings] == [
        (300, "UTC"),
        (600, "UTC"),
        (600, "Europe/Berlin"),
    ]
    again = both.with_sampling(replace(both.sampling, time_zone="Asia/Tokyo"), now, midnight)
    assert again.sampling_at(midnight).time_zone == "Asia/Tokyo"
    assert len(again.previous) == len(both.previous)
