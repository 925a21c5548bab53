"""Guarantees 1 to 4 of the design, tested on the whole chain over the real wire protocols."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import boto3
import pytest

from counter.rows.occupancy import QuarterHour, Row, roll_up
from counter.rows.quarters import closable_until
from infra.local.cloud import CREDENTIALS, LocalCloud
from infra.local.demo.outside_reader import compare
from infra.local.demo.stored_history import read_line, read_stored
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import parse
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, quarter_start
from tests.chain import Chain, Clock, CountsSquares, RandomKiller, chain_cloud, every, truth

pytestmark = pytest.mark.own_cloud

EVERY = 30
CLOSED_AFTER = timedelta(minutes=45)
CLOSED_PULL = timedelta(minutes=20)
"""A closed camera is pulled at least so often."""


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def cloud(clock: Clock) -> Iterator[LocalCloud]:
    with chain_cloud(CountsSquares(), clock) as cloud:
        yield cloud


@pytest.fixture
def chain(cloud: LocalCloud, clock: Clock, request: pytest.FixtureRequest) -> Iterator[Chain]:
    random = Random(request.node.name)
    chain = Chain(cloud, random, RandomKiller(random), clock)
    yield chain
    for registered in list(cloud.registry.scan()):
        assert isinstance(registered, RegisteredCamera)
        cloud.registry.remove(registered.camera.camera_id)


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now.replace(microsecond=0)


@pytest.fixture
def start(now: datetime) -> datetime:
    """A quarter hour that a closing closes now."""
    return quarter_start(now - CLOSED_AFTER)


def camera(name: str, since: datetime, seconds: int = EVERY) -> Camera:
    return Camera(name, "berlin-1", since, mode=Mode.FRAGMENTS, sampling=Sampling(seconds))


def add(chain: Chain, *cameras: Camera) -> None:
    for added in cameras:
        boto3.Session().client("kinesisvideo").create_stream(
            StreamName=added.camera_id, MediaType="video/h264", DataRetentionInHours=24
        )
        chain.cloud.registry.add(added)


def rows(chain: Chain, name: str, start: datetime, quarters: int = 1) -> list[Row]:
    return chain.cloud.occupancy.rows(name, start, start + quarters * QUARTER_HOUR)


def stored(chain: Chain, name: str, start: datetime) -> QuarterHour | None:
    return chain.cloud.occupancy.quarter(name, start)


def holds(chain: Chain, camera: Camera, start: datetime, quarters: int = 1) -> None:
    """Check guarantees 1 to 3 for some quarter hours of a camera."""
    found = rows(chain, camera.camera_id, start, quarters)
    assert [row.instant for row in found] == list(camera.due(start, start + quarters * QUARTER_HOUR))
    for row in found:
        assert row.count is None or row.count == truth(row.frame_time or row.instant)
    for number in range(quarters):
        quarter = start + number * QUARTER_HOUR
        ours = [row for row in found if quarter <= row.instant < quarter + QUARTER_HOUR]
        assert stored(chain, camera.camera_id, quarter) == roll_up(camera.camera_id, quarter, ours)
    assert chain.frames() == []
    assert chain.waiting() == 0
    assert chain.cloud.audit.early == []


def reasons(found: list[Row]) -> Counter[GapReason | None]:
    return Counter(row.reason for row in found)


def test_every_due_instant_ends_as_one_row(chain: Chain, now: datetime, start: datetime) -> None:
    door, till = camera("door", start), camera("till", start, 60)
    add(chain, door, till)
    hole = start + timedelta(minutes=3, seconds=31), start + timedelta(minutes=6)
    chain.publish("door", [t for t in every(5, start, start + QUARTER_HOUR) if not hole[0] <= t < hole[1]])
    chain.publish("till", every(5, start, start + QUARTER_HOUR))
    chain.run(now)
    chain.close(now)
    holds(chain, door, start)
    holds(chain, till, start)
    # The keyframe at 3:30 is that instant's own: nothing is left for 4:00 to 5:30.
    assert reasons(rows(chain, "door", start)) == {None: 26, GapReason.NO_MEDIA: 4}
    assert reasons(rows(chain, "till", start)) == {None: 15}


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_at_any_step_changes_nothing(chain: Chain, now: datetime, start: datetime, seed: int) -> None:
    names = [f"killed-{seed}-{number}" for number in range(2)]
    cameras = [camera(name, start, 30) for name in names]
    add(chain, *cameras)
    end = start + timedelta(minutes=12, seconds=31)
    for name in names:
        chain.publish(name, [*every(10, start, end), end])
    chain.killer.share = 0.008
    for _ in range(2):  # a pull that was killed holds its lease until the next owner's turn
        chain.run(now)
    chain.close(now)
    chain.killer.share = 0.0
    assert chain.killer.kills > 3
    for name in names:
        release(chain, name)
    chain.run(now)
    chain.close(now)
    for killed in cameras:
        holds(chain, killed, start)
        assert reasons(rows(chain, killed.camera_id, start)) == {None: 26, GapReason.NO_MEDIA: 4}


def release(chain: Chain, name: str) -> None:
    """End the lease of a killed pull."""
    later = chain.clock() + timedelta(hours=1)
    chain.cloud.registry.lease(name, "the clock", later, timedelta(0))
    chain.cloud.registry.release(name, "the clock")


def test_video_that_arrives_six_hours_late_turns_its_gaps_into_counts(chain: Chain, now: datetime) -> None:
    start = quarter_start(now - timedelta(hours=6))
    late = camera("late", start, 60)
    add(chain, late)
    chain.run(now)
    chain.close(now)
    quarters = int((quarter_start(now - QUARTER_HOUR) - start) / QUARTER_HOUR)
    holds(chain, late, start, quarters)
    assert reasons(rows(chain, "late", start, 2)) == {GapReason.NO_MEDIA: 30}
    chain.publish("late", every(10, start, start + 2 * QUARTER_HOUR))
    chain.run(chain.clock())
    holds(chain, late, start, quarters)
    assert reasons(rows(chain, "late", start, 2)) == {None: 30}


def test_video_of_yesterday_changes_yesterday_s_files_alone(chain: Chain, now: datetime) -> None:
    """Guarantees 1 and 2 reach the history: an outside reader finds day files, roll-ups and rows equal."""
    yesterday = closable_until(now).date() - timedelta(days=1)
    noon = datetime.combine(yesterday, time(12), UTC)
    hours = Sampling(300, opening_hours=parse("mon-sun 12:00-12:15"))
    for name, store_id in (("here", "shop-1"), ("there", "shop-2")):
        add(chain, Camera(name, store_id, noon - timedelta(days=1), mode=Mode.FRAGMENTS, sampling=hours))
    chain.run(now)
    chain.close(now)
    before = versions(chain)
    days = (yesterday - timedelta(days=1), yesterday)
    assert {day_key(day, store_id) for day in days for store_id in ("shop-1", "shop-2")} <= before.keys()
    chain.publish("here", every(10, noon, noon + QUARTER_HOUR))
    chain.run(now + CLOSED_PULL)
    assert reasons(rows(chain, "here", noon)) == {None: 3}
    chain.close(chain.clock())
    changed = {key for key, number in versions(chain).items() if number != before.get(key)}
    assert changed == {key for key in before if key.startswith(f"history/day={yesterday}/store=shop-1/")}
    line = read_line(chain.cloud.stack.outputs, str(yesterday), "shop-1", "here")
    assert line is not None
    assert (line["counted"], line["due"], line["gaps_by_reason"]) == (3, 3, {})
    found = compare(read_stored(chain.cloud.stack.outputs))
    assert found.problems == ()
    assert (found.files >= 4, found.rows >= 12) == (True, True)


def day_key(day: date, store_id: str) -> str:
    return f"history/day={day}/store={store_id}/quarters.jsonl.gz"


def versions(chain: Chain) -> Counter[str]:
    """The number of versions of each object of the history, so of its puts."""
    bucket = chain.cloud.stack.outputs["HistoryBucketName"]
    answer = boto3.Session().client("s3").list_object_versions(Bucket=bucket)
    return Counter(version["Key"] for version in answer.get("Versions", ()))


def test_an_interval_changed_in_mid_quarter_makes_no_false_gap(
    chain: Chain, now: datetime, start: datetime
) -> None:
    changed = camera("changed", start, 60)
    add(chain, changed)
    before = chain.cloud.registry.get("changed")
    middle = start + timedelta(minutes=7)
    after = changed.with_sampling(Sampling(30), middle)
    chain.cloud.registry.change(before, after, middle)
    chain.publish("changed", every(10, start, start + 2 * QUARTER_HOUR))
    chain.run(now)
    chain.close(now)
    holds(chain, after, start, 2)
    assert reasons(rows(chain, "changed", start)) == {None: 15}
    assert reasons(rows(chain, "changed", start + QUARTER_HOUR)) == {None: 30}


def test_one_bad_camera_stops_none_of_the_others(
    chain: Chain, now: datetime, start: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    good, gone = camera("good", start, 60), camera("gone", start, 60)
    add(chain, good, gone)
    kinesisvideo = boto3.Session().client("kinesisvideo")
    arn = kinesisvideo.describe_stream(StreamName="gone")["StreamInfo"]["StreamARN"]
    kinesisvideo.delete_stream(StreamARN=arn)
    chain.publish("good", every(10, start, start + QUARTER_HOUR))
    chain.run(now)
    chain.close(now)
    holds(chain, good, start)
    assert reasons(rows(chain, "good", start)) == {None: 15}
    assert set(reasons(rows(chain, "gone", start))) == {GapReason.NOT_PULLED}
    assert "stream 'gone' cannot be read" in caplog.text
    assert all(secret not in caplog.text for secret in CREDENTIALS.values())  # guarantee 6
