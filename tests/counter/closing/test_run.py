from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from ingest.aws.dynamodb import to_item
from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse as opening_hours
from ingest.registry.registered import PullCursor
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people
from tests.counter.tables import CAMERAS
from tests.counter.world import NOON, World, at, camera, event, failed, frame_key

LEASE = timedelta(hours=1)


def pulled(world: World, camera_id: str, until: datetime) -> None:
    world.registry.lease(camera_id, "pull", NOON, LEASE)
    world.registry.record_cursor(camera_id, "pull", PullCursor(until))
    world.registry.release(camera_id, "pull")


@pytest.mark.parametrize(("minutes", "closed"), [(15, 0), (29.9, 0), (30, 1), (44.9, 1), (45, 2), (75, 4)])
def test_a_quarter_hour_is_closed_15_minutes_after_its_end(world: World, minutes: float, closed: int) -> None:
    world.add(camera(since=NOON))
    world.close(at(minutes))
    assert len(world.rows()) == 3 * closed
    assert world.roll_ups() == world.expected_roll_ups()
    until = world.registry.get("till-1").closed_until
    assert until == (at(15 * closed) if closed else None)


def test_every_due_instant_without_a_row_becomes_a_gap_with_its_reason(world: World) -> None:
    world.add(
        camera("pulled", since=NOON),
        camera("behind", since=NOON),
        camera("never", since=NOON),
        camera("pushed", since=NOON, source=Source.PUSH),
    )
    pulled(world, "pulled", at(60))
    pulled(world, "behind", at(6))
    world.count([event("m", world.frame("pushed", at(10), people(99)))])
    for name in ("pulled", "pushed"):
        world.frame(name, at(5), people(99))
    result = world.close(at(30))
    assert result.overdue == 0
    assert result.failures == {}
    assert {name: list(world.counts(name).values()) for name in ("pulled", "behind", "never", "pushed")} == {
        "pulled": ["no_media", "not_counted", "no_media"],
        # Pulled until 12:06: KVS had a minute for the video of 12:05.
        "behind": ["no_media", "no_media", "not_pulled"],
        "never": ["not_pulled", "not_pulled", "not_pulled"],
        "pushed": ["no_frame", "not_counted", 1],
    }
    assert result.gaps == {"no_media": 4, "not_counted": 2, "not_pulled": 4, "no_frame": 1}
    assert world.roll_ups() == world.expected_roll_ups()
    assert len(world.keys_left()) == 2


def test_a_late_frame_turns_its_gap_into_a_count_and_the_roll_up_follows(world: World) -> None:
    world.add(camera(since=NOON))
    keys = [frame_key("till-1", at(5 * n)) for n in range(72)]
    world.close(at(6 * 60 + 15))
    assert set(world.counts().values()) == {"not_pulled"}
    assert len(world.rows()) == 72
    for n, key in enumerate(keys):
        world.put(key, people(*[99] * (n % 4)))
    late = NOON + timedelta(hours=6, minutes=20)
    for first in range(0, 72, 25):
        messages = [event(key, key, at=late) for key in keys[first : first + 25]]
        assert failed(world.count(messages, late)) == []
    assert list(world.counts().values()) == [n % 4 for n in range(72)]
    assert world.roll_ups() == world.expected_roll_ups()
    assert all(quarter.gaps == {} for quarter in world.roll_ups())
    assert world.keys_left() == []


def test_opening_hours_and_disabled_cameras_make_no_gaps(world: World) -> None:
    hours = Sampling(300, "Europe/Berlin", opening_hours("sun 13:05-13:20"))
    world.add(
        camera("till-1", since=NOON, sampling=hours),
        camera("off", since=NOON, sampling=Sampling(300, enabled=False)),
    )
    assert world.close(at(60)).overdue == 0
    assert [row.instant for row in world.rows()] == [at(5), at(10), at(15)]
    assert world.registry.get("off").closed_until == at(45)


def test_an_interval_changed_in_mid_quarter_makes_no_false_gap(world: World) -> None:
    world.add(camera(since=NOON, every=300))
    before = world.registry.get("till-1")
    changed = before.camera.with_sampling(Sampling(420), at(7))
    world.registry.change(before, changed, at(7))
    instants = [at(0), at(5), at(10), *changed.due(at(15), at(30))]
    keys = [world.frame("till-1", instant, people(99)) for instant in instants]
    assert failed(world.count([event(key, key) for key in keys])) == []
    result = world.close(at(45))
    assert (result.gaps, result.overdue) == ({}, 0)
    assert [row.sample_every for row in world.rows()] == [300] * 3 + [420] * (len(instants) - 3)
    assert [quarter.counted_seconds for quarter in world.roll_ups()] == [900, 420 * (len(instants) - 3)]


def test_a_run_without_time_reports_what_is_overdue_and_the_next_run_closes_it(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    world.add(camera("till-1", since=NOON), camera("till-2", since=NOON))
    result = world.close(at(45), out_of_time=lambda: True)
    assert result.overdue == 12
    assert result.failures == {"till-1": "OutOfTime", "till-2": "OutOfTime"}
    assert world.rows() == []
    assert world.close(at(45)).overdue == 0
    assert len(world.rows()) == 12


def test_a_camera_that_fails_is_named_and_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    world.add(*(camera(f"till-{n}", since=NOON) for n in range(1, 4)))
    world.dynamodb.update_item(
        TableName=CAMERAS,
        Key=to_item({"CameraId": "till-2"}),
        UpdateExpression="SET MinConfidence = :mars",
        ExpressionAttributeValues=to_item({":mars": "Olympus"}),
    )

    def refuse(params: dict[str, object], **_: object) -> None:
        if "till-3" in str(params["body"]):
            raise query_error(world)

    world.dynamodb.meta.events.register("before-call.dynamodb.Query", refuse)
    result = world.close(at(30))
    assert [sentence.split(":")[0] for sentence in result.invalid] == ["camera 'till-2'"]
    assert result.failures == {"till-3": "Query: InternalServerError"}
    assert result.overdue == 3 + 1
    assert len(world.rows()) == 3
    world.dynamodb.meta.events.unregister("before-call.dynamodb.Query", refuse)
    assert world.close(at(30)).overdue == 1  # the unreadable camera keeps the alarm on
    assert len(world.rows()) == 6


def query_error(world: World) -> Exception:
    return world.dynamodb.exceptions.InternalServerError(
        {"Error": {"Code": "InternalServerError", "Message": "no"}}, "Query"
    )


def test_frames_left_over_are_deleted_and_frames_that_still_count_are_not(world: World) -> None:
    world.add(camera(since=NOON), camera("till-2", since=NOON))
    gone = [
        world.frame("till-1", at(0), people(99)),
        world.frame("till-1", at(5), {"error": "InvalidImageFormatException"}),
    ]
    world.count([event(key, key) for key in gone])
    left = [
        *gone,
        frame_key("till-1", at(1)),
        f"frame/x_123456789012_till-2_{int(at(-30).timestamp())}000_ab.jpg",
    ]
    stay = [
        frame_key("till-1", at(10)),
        frame_key("till-9", at(0)),
        frame_key("till-1", at(20)),
        "frame/holiday.jpg",
    ]
    for key in [*left, *stay]:
        world.put(key, people(99))
    result = world.close(at(30))
    assert result.leftovers == 4
    assert sorted(world.keys_left()) == sorted(stay)
    assert world.counts() == {"12:00:00": 1, "12:05:00": "unreadable_image", "12:10:00": "not_counted"}


def test_a_camera_is_closed_from_its_first_moment(world: World) -> None:
    world.add(camera(since=at(7)))
    world.close(at(30))
    assert [row.instant for row in world.rows()] == [at(10)]
    assert replace(world.rows()[0]).expires_at == at(10) + timedelta(days=400)
