from dataclasses import replace
from datetime import timedelta

import pytest

from counter.rows.rule import Rule
from infra.cli.counts.span import WrongSpan
from infra.cli.recount.choice import (
    RecountedCamera,
    WrongThreshold,
    choose,
    choose_span,
    read_threshold,
)
from infra.cli.terminal.unknown_name import UnknownName
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.conftest import NOW

DAYS = timedelta(days=1)


def camera(camera_id: str, store_id: str = "north", zone: str = "Europe/Berlin") -> Camera:
    return Camera(camera_id, store_id, NOW - 40 * DAYS, sampling=Sampling(300, zone))


def chosen(*cameras: Camera) -> list[RecountedCamera]:
    return [RecountedCamera(RegisteredCamera(found), None) for found in cameras]


def test_one_camera_or_those_of_a_store_by_id(registry: CameraRegistry) -> None:
    for name, store in (("till", "north"), ("door", "north"), ("yard", "south")):
        registry.add(camera(name, store))
    assert [found.camera_id for found in choose(registry, "yard", None, None)] == ["yard"]
    assert [found.camera_id for found in choose(registry, None, "north", None)] == ["door", "till"]


@pytest.mark.parametrize(
    ("camera_id", "store_id", "sentence"),
    [
        ("entrence", None, "camera 'entrence' is not in the registry: did you mean entrance?"),
        (None, "nord", "store 'nord' is not in the registry: did you mean north?"),
        ("x", None, "camera 'x' is not in the registry: see `occupancy camera list`"),
    ],
)
def test_unknown_names_with_the_nearest_ones(
    registry: CameraRegistry, camera_id: str | None, store_id: str | None, sentence: str
) -> None:
    for name in ("till-1", "till-2", "entrance"):
        registry.add(camera(name))
    with pytest.raises(UnknownName) as caught:
        choose(registry, camera_id, store_id, None)
    assert str(caught.value) == sentence


def test_the_rule_has_the_new_threshold() -> None:
    known = RegisteredCamera(camera("till"))
    assert RecountedCamera(known, None).rule == Rule(95.0)
    assert RecountedCamera(known, 80.0).rule == Rule(80.0)
    assert RecountedCamera(known, 80.0).after == replace(known.camera, min_confidence=80.0)


@pytest.mark.parametrize(("text", "threshold"), [(None, None), ("50", 50.0), ("99.5", 99.5), ("100", 100.0)])
def test_a_threshold(text: str | None, threshold: float | None) -> None:
    assert read_threshold(text) == threshold


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("49.9", "--min-confidence 49.9 is outside 50..100: people below 50 are in no row"),
        ("101", "--min-confidence 101 is outside 50..100: people below 50 are in no row"),
        ("nan", "--min-confidence nan is outside 50..100: people below 50 are in no row"),
        ("high", "--min-confidence 'high' is not a number: give 50 to 100"),
        ("८०", "--min-confidence '८०' is not a number: give 50 to 100"),
    ],
)
def test_no_threshold(text: str, sentence: str) -> None:
    with pytest.raises(WrongThreshold) as caught:
        read_threshold(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2026-11-01", "2026-11-22", "2026-10-31T23:00Z", "2026-11-21T23:00Z"),
        ("2026-11-01T00:07Z", "2026-11-01T00:16Z", "2026-11-01T00:00Z", "2026-11-01T00:30Z"),
        ("2026-11-22T12:00Z", None, "2026-11-22T12:00Z", "2026-11-22T13:15Z"),
    ],
    ids=["local days", "parts of quarter hours", "until now"],
)
def test_a_span_is_whole_quarter_hours(start: str, end: str | None, first: str, last: str) -> None:
    found = choose_span(start, end, chosen(camera("till")), NOW)
    assert found == (from_text(first), from_text(last))


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (
            "2026-11-22",
            "2026-11-21",
            "--from 2026-11-22 is not before --to 2026-11-21: give an earlier --from",
        ),
        (
            "2026-11-23",
            "2026-11-24",
            "the span begins in the future: it is 2026-11-22 14:05:10 CET now, give an earlier time",
        ),
        (
            "2026-11-20",
            "2026-11-23",
            (
                "--to 2026-11-23 is in the future: it is 2026-11-22 14:05:10 CET now, give that or an earlier"
                " time"
            ),
        ),
    ],
    ids=["reversed", "future", "ends in the future"],
)
def test_impossible_spans(start: str, end: str, sentence: str) -> None:
    with pytest.raises(WrongSpan) as caught:
        choose_span(start, end, chosen(camera("till")), NOW)
    assert str(caught.value) == sentence


def test_local_times_of_cameras_in_two_zones_are_not_clear() -> None:
    with pytest.raises(WrongSpan):
        choose_span("2026-11-01", None, chosen(camera("a"), camera("b", zone="Asia/Tokyo")), NOW)
