from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from counter.closing.run import COVERAGE_LINE
from counter.rows.coverage import Coverage
from ingest.aws.dynamodb import to_item
from ingest.frames.messages import GapNotice, GapReason
from ingest.registry.camera import Source
from ingest.registry.opening_hours import parse as opening_hours
from ingest.registry.registered import PullCursor
from ingest.registry.sampling import Sampling
from tests.counter.rekognition import people
from tests.counter.tables import CAMERAS
from tests.counter.world import NOON, World, at, camera, event, failed, frame_key, notice

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
    assert result.history_failures == {"north": "Query: InternalServerError"}
    assert result.overdue == 3
    assert result.cameras == 3
    assert len(world.rows()) == 3
    world.dynamodb.meta.events.unregister("before-call.dynamodb.Query", refuse)
    again = world.close(at(30))
    # An item that cannot be read would keep the alarm of overdue instants on, and hide all others.
    assert (again.overdue, len(again.invalid)) == (0, 1)
    assert len(world.rows()) == 6


def test_the_coverage_of_a_run_is_that_of_the_rows_it_closed_whoever_wrote_them(world: World) -> None:
    world.add(*(camera(name, since=NOON) for name in ("mixed", "never", "seen")))
    world.count(
        [
            event("m", world.frame("mixed", at(0), people(99))),
            notice("n", GapNotice("mixed", at(5), GapReason.NOT_PULLED)),
            notice("o", GapNotice("mixed", at(10), GapReason.GOP_TOO_LONG)),
            *(event(f"s{n}", world.frame("seen", at(5 * n), people(99))) for n in range(3)),
        ]
    )
    assert world.close(at(30)).coverage == Coverage(counted=4, not_pulled=4, other_gaps=1)
    assert world.close(at(30)).coverage == Coverage()
    # A second quarter hour: nobody wrote anything.
    assert world.close(at(45)).coverage == Coverage(not_pulled=9)


def test_quarter_hours_are_in_the_coverage_once_they_are_closed(world: World) -> None:
    world.add(camera(since=NOON))
    left = [False, False, False, True]
    stopped = world.close(at(30), out_of_time=lambda: left.pop(0) if left else True)
    assert (stopped.coverage, len(world.rows())) == (Coverage(), 2)
    assert world.close(at(30)).coverage == Coverage(not_pulled=3)


def test_of_two_runs_at_once_one_has_the_coverage(world: World) -> None:
    world.add(camera(since=NOON))
    stale = list(world.registry.scan())
    assert world.close(at(30)).coverage.due == 3
    world.registry.scan = lambda: iter(stale)  # type: ignore[method-assign] # the other run read before
    assert world.close(at(30)).coverage.due == 0


def test_each_camera_with_due_instants_has_a_log_line(world: World, caplog: pytest.LogCaptureFixture) -> None:
    off = Sampling(300, enabled=False)
    world.add(camera("seen", since=NOON), camera("dark", since=NOON), camera("off", sampling=off))
    world.count([event(f"s{n}", world.frame("seen", at(5 * n), people(99))) for n in range(3)])
    world.close(at(30))
    lines = [record.__dict__ for record in caplog.records if record.message == COVERAGE_LINE]
    assert sorted((line["store"], line["camera"], line["due"], line["counted"]) for line in lines) == [
        ("north", "dark", 3, 0),
        ("north", "seen", 3, 3),
    ]


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
