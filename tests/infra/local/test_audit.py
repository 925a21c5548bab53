"""The audit and the watch, with requests that boto3 sends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import boto3
import pytest

from counter.rows.table import OccupancyTable
from infra.local.audit import Audit
from infra.local.demo.watch import Watch
from infra.local.stack.provision import provision
from infra.local.stack.resources import ProvisionedStack
from infra.local.stack.template import load
from ingest.frames.keys import FrameKey
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.infra.local.demo.test_score import SECOND, START, row
from tests.infra.local.served import moto_served


@dataclass
class World:
    """A stack with one camera, `till`, and its observers."""

    stack: ProvisionedStack
    table: OccupancyTable
    audit: Audit
    watch: Watch

    def delete(self, *keys: FrameKey | str) -> None:
        bucket = self.stack.outputs["FrameBucketName"]
        objects = [{"Key": str(key)} for key in keys]
        boto3.client("s3").delete_objects(Bucket=bucket, Delete={"Objects": objects})  # type: ignore[typeddict-item]  # a list of plain dictionaries will do


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with moto_served() as server:
            stack = provision(boto3.Session(region_name="us-east-1"), load(), "shop")
            outputs, dynamodb = stack.outputs, boto3.client("dynamodb")
            table = OccupancyTable(dynamodb, outputs["OccupancyTableName"], outputs["QuarterHourTableName"])
            registry = CameraRegistry(dynamodb, outputs["CameraTableName"])
            registry.add(Camera("till", "demo", since=START, sampling=Sampling(sample_every=2)))
            audit = Audit(outputs["FrameBucketName"], registry, table)
            watch = Watch(outputs["OccupancyTableName"], outputs["QuarterHourTableName"])
            server.observers += [audit, watch]
            yield World(stack, table, audit, watch)


@pytest.fixture
def world(served: World) -> World:
    served.audit.early.clear()
    served.watch.rows.clear()
    served.watch.first_seen.clear()
    served.watch.quarters.clear()
    return served


def frame(seconds: int) -> FrameKey:
    return FrameKey("till", START + seconds * SECOND, START + seconds * SECOND)


def test_a_frame_whose_row_is_stored_may_go(world: World) -> None:
    world.table.put(row(0, 1))
    world.delete(frame(0))
    assert world.audit.early == []


def test_a_frame_without_its_row_is_a_violation_by_name(world: World) -> None:
    world.table.put(row(2, 1))
    world.delete(frame(2), frame(4))
    assert world.audit.early == [str(frame(4))]


def test_a_single_deletion_is_seen_too(world: World) -> None:
    boto3.client("s3").delete_object(Bucket=world.stack.outputs["FrameBucketName"], Key=str(frame(6)))
    assert world.audit.early == [str(frame(6))]


@pytest.mark.parametrize("key", [frame(7), frame(-2), "frame/2026-11-22 14:00:00.jpg", "frame/no frame.jpg"])
def test_what_needs_no_row_may_go(world: World, key: FrameKey | str) -> None:
    world.delete(key)
    assert world.audit.early == []


def test_other_buckets_and_other_requests_are_nobodys_business(world: World) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="other")
    s3.put_object(Bucket="other", Key=str(frame(8)), Body=b"x")
    s3.delete_object(Bucket="other", Key=str(frame(8)))
    s3.delete_bucket(Bucket="other")
    assert world.audit.early == []


def test_the_watch_sees_rows_when_they_are_first_stored(world: World) -> None:
    gap = row(10, None, GapReason.NO_MEDIA)
    assert world.table.put(gap)
    seen = dict(world.watch.first_seen)
    assert world.table.put(row(10, 3))
    assert not world.table.put(gap)
    assert [(found.count, found.instant) for found in world.watch.rows_of("till")] == [(3, gap.instant)]
    assert world.watch.first_seen == seen
    assert world.watch.missing([("till", gap.instant), ("till", START)]) == [("till", START)]
    assert all(wait > timedelta() for wait in world.watch.freshness({"till"}))
    assert world.watch.freshness({"door"}) == []


def test_the_watch_sees_roll_ups(world: World) -> None:
    world.table.put(row(12, 3))
    assert world.table.put_roll_up("till", START)
    assert (world.watch.roll_ups_of("till"), world.watch.roll_ups_of("door")) == (1, 0)
