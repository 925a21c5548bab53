"""A simulated DeepLens unit and a camera with a stream, in the local cloud: both give the same rows."""

import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from types import SimpleNamespace

import boto3
import numpy as np
import pytest
from botocore.credentials import ReadOnlyCredentials

from counter.rows.occupancy import Row
from infra.local.cloud import CREDENTIALS, LocalCloud
from infra.local.demo.snapshot import gather
from infra.local.demo.verdict import broken
from infra.local.lambdas.runner import Runner
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.deeplens_unit import LIBRARY, SimulatedUnit, UnitProcess
from infra.local.simulated_store.publisher import Destination, StorePublisher
from infra.local.simulated_store.scene.plan import Plan
from infra.local.simulated_store.scene.view import SceneView
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.times import whole_millis
from tests.awaiting import await_that
from tests.infra.local.simulated_store.local_cloud import cloud

__all__ = ["cloud"]  # a fixture

pytestmark = pytest.mark.own_cloud

EVERY = 2
SECONDS = 8
PATIENCE = 60.0
NEVER = timedelta(days=1)
TICK = timedelta(seconds=0.5)


def now() -> datetime:
    return whole_millis(datetime.now(UTC))


def bucket(cloud: LocalCloud) -> str:
    return cloud.stack.outputs["FrameBucketName"]


def publisher(camera: SimulatedCamera) -> StorePublisher:
    kinesisvideo = boto3.client("kinesisvideo")
    kinesisvideo.create_stream(StreamName=camera.name, DataRetentionInHours=24, MediaType="video/h264")
    ((access_key, secret),) = CREDENTIALS.items()
    return StorePublisher([camera], Destination(kinesisvideo, ReadOnlyCredentials(access_key, secret, None)))


def test_its_picture_and_its_truth_change_at_whole_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(LIBRARY))
    monkeypatch.setenv("SIMULATED_CAMERA", "deeplens")
    monkeypatch.setenv("SIMULATED_SEED", "0")
    monkeypatch.delitem(sys.modules, "awscam", raising=False)
    library, unit, plan = import_module("awscam"), SimulatedUnit("deeplens"), Plan("deeplens", 0)
    view = SceneView("deeplens", 0)
    moves = [second for second in range(60) if plan.truth(second) != plan.truth(second + 0.9)]
    assert moves
    for second in moves:
        for time_in in (second + 0.5, second + 0.9):
            monkeypatch.setattr(library, "time", SimpleNamespace(time=partial(float, time_in)))
            there, picture = library.getLastFrame()
            assert there
            assert np.array_equal(picture, view.draw(second))
            assert unit.truth(time_in) == plan.truth(second)
    monkeypatch.delitem(sys.modules, "awscam")


def test_a_unit_and_a_camera_are_counted_side_by_side(cloud: LocalCloud) -> None:
    sampling = Sampling(EVERY)
    simulated, unit = SimulatedCamera("entrance"), SimulatedUnit("deeplens")
    # Frames of an unregistered camera would become dead letters; before `since` no frame is due.
    early = Camera(unit.name, "berlin-1", now() + NEVER, source=Source.PUSH, sampling=sampling)
    cloud.registry.add(early)
    with Runner(cloud.stack, tick=TICK) as runner:
        with publisher(simulated) as publishing, UnitProcess(unit, bucket(cloud), EVERY) as running:
            await_that(lambda: not running.silent and publishing.received[simulated.name] > 0, PATIENCE)
            since = now()
            pushing = replace(early, since=since)
            cloud.registry.change(cloud.registry.get(unit.name), pushing, since)
            pulled = Camera(simulated.name, "berlin-1", since, sampling=sampling)
            cloud.registry.add(pulled)
            time.sleep(SECONDS)  # both are live
            until = now()
            time.sleep(1)  # the last instant needs some more video
        assert (running.errors, publishing.errors) == ([], [])
        due = {camera.camera_id: tuple(camera.due(since, until)) for camera in (pushing, pulled)}

        def rows(camera: Camera) -> list[Row]:
            return cloud.occupancy.rows(camera.camera_id, since, until + timedelta(minutes=1))

        await_that(
            lambda: all(len(rows(camera)) >= len(due[camera.camera_id]) for camera in (pushing, pulled)),
            PATIENCE,
        )
        runner.stop_ticking()
        await_that(lambda: not runner.ticking and not frames(cloud), PATIENCE)
    assert broken(gather(cloud, [pushing, pulled], due, [str(failure) for failure in runner.failures])) == []
    assert len(due[unit.name]) >= SECONDS // EVERY
    for row in rows(pushing):
        assert row.frame_time is not None
        assert timedelta(0) <= row.instant - row.frame_time < timedelta(seconds=EVERY)
    right = [row.count == unit.truth(seen.timestamp()) for row in rows(pushing) if (seen := row.frame_time)]
    assert (
        sum(right) >= len(right) - 1
    )  # the pictures depend on the time of day: the detector may be wrong once
    assert alike(cloud, unit.name) == alike(cloud, simulated.name)
    assert {row.source for row in rows(pushing)} == {Source.PUSH}


def frames(cloud: LocalCloud) -> list[object]:
    return list(boto3.client("s3").list_objects_v2(Bucket=bucket(cloud)).get("Contents", []))


def alike(cloud: LocalCloud, name: str) -> set[tuple[tuple[str, str], ...]]:
    """The shapes of the items of a camera: name and type of each attribute, and the constant values."""
    answer = boto3.client("dynamodb").query(
        TableName=cloud.stack.outputs["OccupancyTableName"],
        KeyConditionExpression="CameraId = :camera",
        ExpressionAttributeValues={":camera": {"S": name}},
    )
    assert answer["Items"]
    fixed = ("Status", "Detector", "SampleEvery", "StoreId")
    sometimes = "LabelConfidence"  # where there is somebody
    return {
        tuple(
            (attribute, str(value) if attribute in fixed else next(iter(value)))
            for attribute, value in sorted(item.items())
            if attribute != sometimes
        )
        for item in answer["Items"]
    }


def test_a_unit_that_cannot_start_says_why(cloud: LocalCloud) -> None:
    with UnitProcess(SimulatedUnit("deeplens"), bucket(cloud), 841) as running:
        await_that(lambda: len(running.errors) == 2)
    assert [error.sentence for error in running.errors] == [
        "sample_every '841' is outside 1 to 840 seconds", "the unit exited with code 78",
    ]  # fmt: skip


def test_a_bucket_that_is_not_there_is_named_and_tried_again(cloud: LocalCloud) -> None:
    with UnitProcess(SimulatedUnit("deeplens"), "no-such-bucket", 1) as running:
        await_that(lambda: len(running.errors) >= 1)
        assert running.silent
    assert running.errors[0].camera == "deeplens"
    assert running.errors[0].sentence.startswith("upload: bucket 'no-such-bucket': it does not exist")
