"""The process of the store gateway with simulated cameras, in the local cloud."""

from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest

from infra.local.cloud import LocalCloud
from infra.local.simulated_store.cameras.media import UnopenableVideo
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.gateway import PASSWORD_VARIABLE, GatewaySetup, StoreGateway
from infra.local.simulated_store.process import Program
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from tests.awaiting import await_that
from tests.infra.local.simulated_store.local_cloud import cloud

__all__ = ["cloud"]  # a fixture

pytestmark = pytest.mark.own_cloud

PATIENCE = 60.0


def gateway_setup(cloud: LocalCloud, *cameras: str, snapshots: tuple[str, ...] = ()) -> GatewaySetup:
    outputs = cloud.stack.outputs
    return GatewaySetup(
        "berlin-1",
        outputs["CameraTableName"],
        outputs["FrameBucketName"],
        [SimulatedCamera(name) for name in cameras],
        [SnapshotCamera(name) for name in snapshots],
    )


def register(cloud: LocalCloud, name: str, source: Source) -> None:
    camera = Camera(name, "berlin-1", datetime.now(UTC), source=source, sampling=Sampling(2))
    cloud.registry.add(camera)


def test_what_it_sends_arrives_and_it_delivers_what_waits_when_it_is_stopped(cloud: LocalCloud) -> None:
    register(cloud, "entrance", Source.KVS)
    register(cloud, "stockroom", Source.PUSH)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=24)
    gateway = StoreGateway(gateway_setup(cloud, "entrance", snapshots=("stockroom",)))
    assert list(gateway.silent) == ["entrance", "stockroom"]
    with gateway:
        await_that(lambda: not gateway.silent, PATIENCE)
    gateway.stop()  # a second call does nothing

    assert gateway.errors == []
    archive = boto3.client("kinesis-video-archived-media", endpoint_url=cloud.kvs.url)
    assert archive.list_fragments(StreamName="entrance")["Fragments"]
    frames = boto3.client("s3").list_objects_v2(Bucket=cloud.stack.outputs["FrameBucketName"])["Contents"]
    assert all(frame["Key"].startswith("frame/stockroom/") for frame in frames)


def test_a_camera_that_is_not_registered_is_named_and_stays_silent(cloud: LocalCloud) -> None:
    with StoreGateway(gateway_setup(cloud, "cellar")) as gateway:
        await_that(lambda: len(gateway.errors) > 0, PATIENCE)
        assert list(gateway.silent) == ["cellar"]
        assert gateway.errors[0].camera == "cellar"
        assert "camera 'cellar' is not in the registry" in gateway.errors[0].sentence


def test_its_death_is_named(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION")
    with StoreGateway(gateway_setup(cloud, "till")) as gateway:
        await_that(lambda: len(gateway.errors) > 1, PATIENCE)
        assert list(gateway.silent) == ["till"]
    sentences = [str(error) for error in gateway.errors]
    assert "gateway: it exited with code 1" in sentences
    assert "region" in sentences[0]
    assert "Traceback" not in "".join(sentences)


def test_a_video_that_cannot_be_opened_stops_the_start(cloud: LocalCloud, tmp_path: Path) -> None:
    outputs = cloud.stack.outputs
    missing = VideoSource("door", str(tmp_path / "none.mp4"))
    broken = GatewaySetup("berlin-1", outputs["CameraTableName"], outputs["FrameBucketName"], [missing])
    with pytest.raises(UnopenableVideo, match=r"none\.mp4 cannot be read"):
        StoreGateway(broken).start()


def test_the_password_is_handed_over_by_the_environment_alone(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the configuration nor the list of processes shows it."""
    programs: list[tuple[Program, str]] = []

    class Noted:
        def __init__(self, program: Program, *_: object) -> None:
            programs.append((program, Path(program.command[-1]).read_text("utf-8")))

        def __enter__(self) -> None:
            """Nothing runs."""

        def __exit__(self, *_: object) -> None:
            """Nothing ran."""

    monkeypatch.setattr("infra.local.simulated_store.gateway.StoreProcess", Noted)
    mine = gateway_setup(cloud, "entrance")
    with StoreGateway(mine):
        ((program, config),) = programs
    assert program.environ == {PASSWORD_VARIABLE: mine.password}
    assert mine.password not in config
    assert mine.password not in " ".join(program.command)
    assert mine.password not in repr(mine)
    assert f"rtsp://viewer:${{{PASSWORD_VARIABLE}}}@127.0.0.1:" in config
