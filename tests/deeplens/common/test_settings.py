"""The settings: a file and the environment, all mistakes at once, one sentence each."""

import json
from pathlib import Path
from typing import Any

import pytest

from deeplens.common.hours import parse
from deeplens.common.settings import IotSettings, Settings, WrongSettings, load

LEAST = {"bucket": "frames", "camera_id": "till-1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def problems(file: Path, **values: Any) -> tuple[str, ...]:
    file.write_text(json.dumps(LEAST | values))
    try:
        load({}, str(file))
    except WrongSettings as error:
        return error.problems
    return ()


def test_defaults_are_the_original_functions(file: Path) -> None:
    file.write_text(json.dumps(LEAST))
    settings = load({}, str(file))
    assert settings == Settings("frames", "till-1")
    assert (settings.sample_every, settings.jpeg_quality, settings.display) == (300, 90, 480)
    assert settings.topic == "store-occupancy/till-1/status"


def test_the_environment_wins_over_the_file(file: Path) -> None:
    file.write_text(json.dumps(LEAST | {"sample_every": 60, "display": "720p"}))
    environ = {"OCCUPANCY_SAMPLE_EVERY": "30", "OCCUPANCY_OPENING_HOURS": "sat 10:00-18:00", "HOME": "/"}
    settings = load(environ, str(file))
    assert (settings.sample_every, settings.display) == (30, 720)
    assert settings.opening_hours == parse("sat 10:00-18:00")


def test_everything_by_the_environment_alone(tmp_path: Path) -> None:
    pem = tmp_path / "unit.pem"
    pem.touch()
    given = {
        "bucket": "frames", "camera_id": "till-1", "sample_every": "840", "time_zone": "Europe/Berlin",
        "jpeg_quality": "75", "device": "/dev/video2", "display": "off", "display_fifo": "/tmp/fifo",
        "spool": "/spool", "spool_mb": "50", "status_topic": "a/b", "camera_table": "cameras",
        "iot_endpoint": "iot.example.com", "iot_certificate": str(pem), "iot_key": str(pem),
    }  # fmt: skip
    settings = load({f"OCCUPANCY_{name.upper()}": value for name, value in given.items()}, None)
    assert settings == Settings(
        "frames", "till-1", 840, time_zone="Europe/Berlin", jpeg_quality=75, device="/dev/video2",
        display=None, display_fifo="/tmp/fifo", spool="/spool", spool_mb=50, status_topic="a/b",
        camera_table="cameras", iot=IotSettings("iot.example.com", str(pem), str(pem)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("sample_every", 0, "sample_every 0 is outside 1 to 840 seconds"),
        ("sample_every", 841, "sample_every 841 is outside 1 to 840 seconds"),
        ("sample_every", "5 minutes", "'5 minutes' is not a whole number: give 1 to 840 seconds"),
        ("sample_every", 2.5, "2.5 is not a whole number"),
        ("sample_every", True, "True is not a whole number"),
        ("sample_every", "-1", "'-1' is not a whole number"),
        ("sample_every", "\u0661", "is not a whole number"),
        ("jpeg_quality", 101, "jpeg_quality 101 is outside 1 to 100"),
        ("display", "640p", "display '640p' is not one of 480p, 720p, 1080p or off"),
        ("display", ["480p"], "is not one of 480p"),
        ("camera_id", "Till 1", "camera_id 'Till 1' is not 1 to 63 of a-z"),
        ("bucket", "s3://frames", "bucket 's3://frames' is not a bucket's name"),
        ("opening_hours", "9 to 5", "opening_hours name the day '9'|'9 to 5' are not of the form"),
        ("opening_hours", 9, "opening_hours 9 is not a text"),
        ("time_zone", "Berlin", "time_zone 'Berlin' is unknown"),
        ("device", "video0", "device 'video0' is not an absolute path"),
        ("spool", "here", "spool 'here' is not an absolute path"),
        ("spool_mb", 0, "spool_mb 0 is outside 1"),
        ("status_topic", "a/#", "status_topic 'a/#' is not a topic"),
        ("iot_endpoint", "iot.example.com", "AWS IoT needs iot_endpoint, iot_certificate and iot_key"),
        ("iot_key", "/gone.pem", "iot_key '/gone.pem' does not exist"),
        ("intervall", 5, "setting 'intervall' is unknown: the settings are bucket, camera_id, sample_every"),
    ],
)
def test_a_mistake_is_one_sentence(file: Path, name: str, value: Any, sentence: str) -> None:
    found = problems(file, **{name: value})
    assert len(found) == 1
    assert any(part in found[0] for part in sentence.split("|"))


def test_all_mistakes_at_once(file: Path) -> None:
    found = problems(file, bucket="", sample_every=0, display="4k")
    assert len(found) == 3
    assert found[0] == "bucket is not set"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file"), ("{", "are not JSON"), ("[]", "are not a JSON object")],
)
def test_a_file_that_is_none(file: Path, content: str | None, sentence: str) -> None:
    if content is not None:
        file.write_text(content)
    with pytest.raises(WrongSettings, match=sentence) as caught:
        load({}, str(file))
    assert str(file) in str(caught.value)
