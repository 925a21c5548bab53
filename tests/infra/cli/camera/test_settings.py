from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.cli.camera.settings import (
    SETTINGS,
    Difference,
    changed_camera,
    differences,
    first_settings,
    new_camera,
    polygons_text,
    read_polygons,
    setting_texts,
)
from ingest.registry.camera import Camera, Change, InvalidCamera, Mode, Source
from ingest.registry.opening_hours import parse
from ingest.registry.polygons import Polygon
from ingest.registry.sampling import Sampling
from ingest.times import from_text

NOW = from_text("2026-11-22T13:05:10Z")
QUARTER = from_text("2026-11-22T13:15Z")
NO_NAME = "must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
NO_TIME = "cannot be read: write it as 2026-11-22T14:05, or with a zone as 2026-11-22T13:05Z"
PLAIN = Camera("entrance", "berlin-1", NOW)


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"time_zone": "Berlin"}, "time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin"),
        ({"sample_every": "0"}, "sample_every 0 is outside 1..840 seconds"),
        ({"sample_every": "841"}, "sample_every 841 is outside 1..840 seconds"),
        ({"sample_every": "5m"}, "sample_every '5m' is not a whole number of seconds"),
        ({"sample_every": "\u0663"}, "sample_every '\u0663' must consist of ASCII characters"),
        ({"sample_every": "1_0"}, "sample_every '1_0' is not a whole number of seconds"),
        ({"sample_every": "2.5"}, "sample_every '2.5' is not a whole number of seconds"),
        ({"min_confidence": "high"}, "min_confidence 'high' is not a number"),
        ({"min_confidence": "49"}, "min_confidence 49 is outside 50..100"),
        ({"min_confidence": "nan"}, "min_confidence nan is outside 50..100"),
        (
            {"opening_hours": "mon 09:00-12:00 11:00-13:00"},
            "opening hours overlap: mon 09:00-12:00 and mon 11:00-13:00",
        ),
        (
            {"opening_hours": "daily"},
            "opening hours 'daily' have no span: write them as 'mon-fri 09:00-20:00'",
        ),
        ({"zones": "till=0,0,1,1"}, "zone 'till' has 2 different points, a polygon needs at least 3"),
        ({"zones": "till=0,0,1,0,1,1.5"}, "zone 'till' has the point (1, 1.5) outside 0..1"),
        ({"ignore": "till=0,0,1,0,-1,1"}, "ignore 'till' has the point (-1, 1) outside 0..1"),
        ({"ignore": "till=0,0,1,0,nan,1"}, "ignore 'till' has the point (nan, 1) outside 0..1"),
        (
            {"zones": "0,0,1,0,1,1"},
            "zones: polygon '0,0,1,0,1,1' has no name: write it as name=x,y,x,y,x,y",
        ),
        ({"zones": "till=0,0,1,0,1"}, "zones: polygon 'till' has 5 numbers, expected pairs x,y"),
        ({"zones": "till=a"}, "zones: polygon 'till' has corners 'a', expected numbers x,y,x,y,x,y"),
        ({"ignore": "a=0,0,1,0,1,1; a=0,0,1,0,1,1"}, "ignore: polygon 'a' is given twice"),
        ({"area": "Hall"}, f"area name 'Hall' {NO_NAME}"),
        ({"store_id": "S"}, f"store name 'S' {NO_NAME}"),
        ({"stream_name": "a b"}, "stream name 'a b' must be 1 to 256 of letters, digits, '_', '.' and '-'"),
        ({"source": "rtsp"}, "source 'rtsp' is unknown: use one of kvs, push"),
        ({"mode": "fast"}, "mode 'fast' is unknown: use one of auto, images, fragments, media"),
        ({"enabled": "maybe"}, "enabled 'maybe' must be yes or no"),
        ({"original_deeplens": "1"}, "original_deeplens '1' must be yes or no"),
        (
            {"source": "push", "stream_name": "x"},
            "a push camera has no stream, but stream 'x' is given",
        ),
        (
            {"original_deeplens": "yes"},
            "a unit with the original DeepLens function is a push camera: give source push",
        ),
        (
            {"since": "2006-11-22T08:00"},
            "since: 2006-11-22 08:00 UTC is over 400 days ago, and rows are not kept that long",
        ),
        (
            {"since": "2030-01-01"},
            "since: 2030-01-01 00:00 UTC is in the future: leave it out to count from now on",
        ),
        ({"since": "today"}, f"since: time 'today' {NO_TIME}"),
    ],
)
def test_each_mistake_is_named(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidCamera) as error:
        new_camera("entrance", {"store_id": "berlin-1"} | texts, NOW)
    assert error.value.problems == (problem,)
    with pytest.raises(InvalidCamera) as error:
        changed_camera(PLAIN, texts, NOW)
    assert error.value.problems == (problem,)


def test_what_cannot_be_read_does_not_hide_what_cannot_be() -> None:
    wrong = {"sample_every": "0", "opening_hours": "daily", "time_zone": "Berlin", "since": "today"}
    problems = (
        "opening hours 'daily' have no span: write them as 'mon-fri 09:00-20:00'",
        f"since: time 'today' {NO_TIME}",
        "sample_every 0 is outside 1..840 seconds",
        "time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin",
    )
    with pytest.raises(InvalidCamera) as error:
        new_camera("entrance", wrong, NOW)
    assert error.value.problems == (
        problems[0],
        "store_id is missing: every camera belongs to a store",
        *problems[1:],
    )
    with pytest.raises(InvalidCamera) as error:
        changed_camera(PLAIN, wrong, NOW)
    assert error.value.problems == problems


def test_a_wrong_name_is_told_once() -> None:
    with pytest.raises(InvalidCamera) as error:
        new_camera("Door", {"store_id": "s"}, NOW)
    assert error.value.problems == (f"camera name 'Door' {NO_NAME}",)


def test_the_time_of_since_is_that_of_the_camera() -> None:
    berlin = {"store_id": "s", "time_zone": "Europe/Berlin", "since": "2026-11-22T08:00"}
    assert new_camera("entrance", berlin, NOW).since == from_text("2026-11-22T07:00Z")
    assert new_camera("entrance", {"store_id": "s"}, NOW).since == NOW


def test_an_empty_text_is_the_default() -> None:
    given = replace(
        PLAIN,
        area="front",
        stream_name="hall",
        mode=Mode.MEDIA,
        min_confidence=50.0,
        zones={"a": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))},
        sampling=Sampling(60, "Europe/Berlin", parse("mon 09:00-20:00"), enabled=False),
    )
    emptied = changed_camera(given, {name: "" for name in SETTINGS if name != "store_id"}, NOW)
    assert emptied == replace(PLAIN, mode=Mode.MEDIA, previous=(Change(QUARTER, given.sampling),))
    with pytest.raises(InvalidCamera, match="store_id is empty: every camera belongs to a store"):
        changed_camera(given, {"store_id": ""}, NOW)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("texts", [{"mode": ""}, {"mode": " "}, {"area": "front"}])
def test_a_camera_keeps_its_mode_unless_another_is_named(mode: Mode, texts: dict[str, str]) -> None:
    assert changed_camera(replace(PLAIN, mode=mode), texts, NOW).mode is mode
    assert changed_camera(replace(PLAIN, mode=mode), {"mode": "images"}, NOW).mode is Mode.IMAGES


def test_a_new_camera_is_read_from_its_fragments() -> None:
    assert new_camera("door", {"store_id": "s"}, NOW).mode is Mode.FRAGMENTS
    assert new_camera("door", {"store_id": "s", "mode": ""}, NOW).mode is Mode.FRAGMENTS
    assert new_camera("door", {"store_id": "s", "mode": "auto"}, NOW).mode is Mode.AUTO


def test_a_beginning_that_stays_is_taken_whenever_it_was() -> None:
    later = from_text("2028-11-22T13:05:10Z")
    assert changed_camera(PLAIN, setting_texts(PLAIN), later) == PLAIN


def test_differences_are_those_from_what_is_in_force() -> None:
    pending = PLAIN.with_sampling(Sampling(60, "Europe/Berlin"), NOW)
    again = pending.with_sampling(Sampling(30, "Europe/Berlin"), NOW)
    assert differences(pending, again, NOW) == [
        Difference("sample_every", "300", "30"),
        Difference("time_zone", "UTC", "Europe/Berlin"),
    ]
    back = pending.with_sampling(Sampling(300, "Europe/Berlin"), NOW)
    assert differences(pending, back, NOW)[0] == Difference("sample_every", "300", "300")


def test_differences_in_the_order_of_the_settings() -> None:
    after = replace(PLAIN, area="front", min_confidence=90.0).with_sampling(Sampling(60), NOW)
    assert differences(PLAIN, after, NOW) == [
        Difference("area", "entrance", "front"),
        Difference("sample_every", "300", "60"),
        Difference("min_confidence", "95", "90"),
    ]
    assert differences(PLAIN, PLAIN, NOW) == []
    assert first_settings(replace(PLAIN, area="front")) == [
        Difference("store_id", None, "berlin-1"),
        Difference("area", None, "front"),
        Difference("source", None, "kvs"),
        Difference("since", None, "2026-11-22 13:05:10 UTC"),
    ]


names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,10}", fullmatch=True)
shares = st.integers(0, 1000).map(lambda value: value / 1000)
sides = st.lists(shares, min_size=2, max_size=2, unique=True).map(sorted)
polygons: st.SearchStrategy[Polygon] = st.builds(
    lambda x, y: ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])), sides, sides
)
cameras = st.builds(
    Camera,
    camera_id=names,
    store_id=names,
    since=st.just(NOW),
    area=names,
    stream_name=st.from_regex(r"[a-zA-Z0-9_.-]{1,20}", fullmatch=True),
    mode=st.sampled_from(Mode),
    zones=st.dictionaries(names, polygons, max_size=3),
    ignore=st.dictionaries(names, polygons, max_size=3),
    min_confidence=st.integers(500, 1000).map(lambda value: value / 10),
    sampling=st.builds(
        Sampling,
        st.integers(1, 840),
        st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
        st.sampled_from(["always", "mon-fri 09:00-12:00 13:00-20:00; sat 22:00-02:00"]).map(parse),
        st.booleans(),
    ),
)


@given(cameras)
def test_the_texts_of_a_camera_make_the_same_camera(camera: Camera) -> None:
    texts = setting_texts(camera)
    assert tuple(texts) == SETTINGS
    assert new_camera(camera.camera_id, texts, NOW) == camera
    assert changed_camera(camera, texts, NOW) == camera


@given(st.sampled_from([True, False]))
def test_the_texts_of_a_push_camera_make_the_same_camera(deeplens: bool) -> None:
    camera = Camera("unit", "s", NOW, Source.PUSH, original_deeplens=deeplens)
    assert new_camera("unit", setting_texts(camera), NOW) == camera


@given(st.dictionaries(names, polygons))
def test_polygons_read_back(some: dict[str, Polygon]) -> None:
    assert read_polygons(polygons_text(some)) == some
