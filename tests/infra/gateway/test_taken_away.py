"""A running gateway loses its stream, its credentials or its disk space. No video is lost."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.cloud import LocalCloud
from infra.local.kvs.service.fault import Fault, FaultKind
from tests.awaiting import await_that
from tests.infra.gateway.box import Box
from tests.infra.gateway.shops import is_whole, kept, register

pytestmark = [pytest.mark.own_cloud, pytest.mark.system]


def expired(cloud: LocalCloud) -> Callable[[], None]:
    cloud.kvs.faults.add(Fault(FaultKind.ERROR, error="ExpiredTokenException", stream="expired", times=None))
    cloud.kvs.faults.add(Fault(FaultKind.ERROR_ACK, "PutMedia", error_id=5000, stream="expired"))
    return cloud.kvs.faults.clear


def deleted(cloud: LocalCloud) -> Callable[[], None]:
    kinesisvideo = boto3.client("kinesisvideo")
    info = kinesisvideo.describe_stream(StreamName="deleted")["StreamInfo"]
    kinesisvideo.delete_stream(StreamARN=info["StreamARN"])
    return lambda: _created_again(kinesisvideo)


def _created_again(kinesisvideo: Any) -> None:
    kinesisvideo.create_stream(StreamName="deleted", DataRetentionInHours=24)


@pytest.mark.parametrize(
    ("strike", "sentence"),
    [
        (expired, "(docs/gateway.md); new data waits in the spool"),
        (deleted, "`occupancy camera set CAMERA --create-stream` creates it; new data waits"),
    ],
)
def test_what_aws_takes_away_is_waited_for_and_nothing_is_lost(
    cloud: LocalCloud, box: Box, video: str, strike: Callable[[LocalCloud], Callable[[], None]], sentence: str
) -> None:
    name, other = strike.__name__, f"beside-{strike.__name__}"
    register(cloud, name)
    register(cloud, other)
    box.write({name: video, other: video})

    with box.running() as gateway:
        gateway.await_delivered(name, 3)
        before = kept(name)
        mend = strike(cloud)
        gateway.await_problem(name, sentence)
        gateway.await_delivered(other, 3)
        await_that(lambda: gateway.status(name)["spool_count"] >= 3)
        mend()
        await_that(
            lambda: gateway.status(name)["spool_count"] == 0 and not gateway.status(name)["problem"], 90
        )
        assert gateway.status(name)["dropped"] == 0

    assert is_whole(kept(other))
    assert is_whole(sorted({*before, *kept(name)}))


@contextmanager
def small_disk(directory: Path) -> Iterator[Path]:
    """A disk of 80 kB."""
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=80k", "tmpfs", str(directory)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def test_on_a_full_disk_nothing_is_lost(cloud: LocalCloud, box: Box, video: str, tmp_path: Path) -> None:
    register(cloud, "full")
    with small_disk(tmp_path / "disk") as disk:
        box.write({"full": video}, spool={"directory": str(disk)})
        with box.running() as gateway:
            gateway.await_delivered("full", 2)
            away = Fault(FaultKind.ERROR, error="ServiceUnavailable", times=None)
            cloud.kvs.faults.add(away)
            cloud.kvs.faults.add(Fault(FaultKind.ERROR_ACK, "PutMedia", error_id=5000))
            sentence = (
                f"{disk}/full@full cannot be written: No space left on device; new data waits in memory"
            )
            problem = gateway.await_problem("full", sentence)["problem"]
            assert "make room, or give another spool.directory" in problem
            cloud.kvs.faults.clear()
            await_that(lambda: gateway.status("full")["spool_count"] <= 1, 90)
            gateway.await_delivered("full", 2)
            await_that(lambda: gateway.status("full")["problem"] is None)
            assert gateway.status("full")["dropped"] == 0
    assert is_whole(kept("full"))


def test_without_credentials_the_gateway_waits_and_says_how_to_get_some(
    cloud: LocalCloud, box: Box, video: str
) -> None:
    register(cloud, "poor")
    box.write({"poor": video})
    with box.running():
        pass  # keeps the registry's camera for a start without AWS
    nothing = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_CONFIG_FILE": "/none"}
    with box.running(
        **nothing, AWS_SHARED_CREDENTIALS_FILE="/none", AWS_EC2_METADATA_DISABLED="true"
    ) as gateway:
        gateway.await_problem("poor", "no AWS credentials were found: see docs/gateway.md")
        await_that(lambda: gateway.status("poor")["spool_count"] >= 1)
    with box.running() as gateway:
        await_that(lambda: gateway.status("poor")["delivered"] and not gateway.status("poor")["problem"])
