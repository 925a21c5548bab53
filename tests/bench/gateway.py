"""The store gateway on 1080p25 at 4 Mbit/s over RTSP: CPU against ffmpeg's copy, cameras, memory, uplink.

The camera is a process of its own: against ffmpeg that of GStreamer; it does not bear 50 clients, so the many
cameras are the simulated store's.
"""

import asyncio
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import aiohttp
import av
import boto3
from botocore.credentials import Credentials

from infra.local.kvs.server import KvsServer
from infra.local.kvs.service.limits import Limits
from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.packet_pipeline import PacketPipeline
from ingest.gateway.capture.source import VideoSource
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import GatewayCamera
from ingest.gateway.kvs_camera import KvsCamera, KvsCameraDependencies
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.timing.clock import Clock
from ingest.gateway.timing.rate import FRAGMENTS_A_SECOND, Rate
from ingest.gateway.timing.wall_clock import WallClock
from ingest.gateway.uplink.dependencies import PublisherDependencies
from ingest.gateway.uplink.destination import Destination
from ingest.gateway.uplink.publisher import Publisher
from ingest.registry.camera import Camera
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from tests.bench.keyframes import CACHE, ENCODED, _encode
from tests.ingest.gateway.conftest import fragment, put

VIDEO = CACHE / "minute.mp4"
SECONDS = 30
ROUNDS = 5
"""Of a few tenths of a second each: on a shared machine one of them says little."""
CAMERA = Path(__file__).parents[1] / "ingest" / "gateway" / "rtsp_camera.py"
UNIT = Path(__file__).parents[2] / "infra" / "gateway" / "occupancy-gateway.service"
CLOCK = Clock(time.monotonic, asyncio.sleep)
BOUNDS = Bounds(2_000_000_000)
REGISTERED = Camera(
    "door",
    "shop",
    since=datetime(2026, 1, 1, tzinfo=UTC),
    sampling=Sampling(time_zone="Europe/Berlin", opening_hours=parse("mon-sun 00:00-23:59")),
)


def main() -> None:
    """Print the table."""
    if not Path("/usr/bin/python3").exists() or shutil.which("ffmpeg") is None:
        sys.exit("this benchmark needs Debian's python3, gir1.2-gst-rtsp-server-1.0 and ffmpeg")
    _make_video()
    with _kvs(50) as kvs:
        ratios: dict[Send, list[float]] = {send: [] for send in Send}
        for _ in range(ROUNDS):
            reference = _ffmpeg()
            print(f"ffmpeg -c copy: {reference:.2f} s CPU in {SECONDS} s")
            for send in Send:
                cost = _apart(kvs.url, send, 1, GSTREAMER)
                ratios[send].append(cost["cpu"] / reference)
                print(f"gateway, {send}: {cost['cpu']:.2f} s CPU, ratio {ratios[send][-1]:.2f}")
        for send, found in ratios.items():
            print(f"gateway, {send}: median ratio {median(found):.2f}")
        for count in (1, 10, 50):
            many = _apart(kvs.url, Send.KEYFRAMES, count)
            cpu = 1000 * many["cpu"] / count / SECONDS
            memory = (many["memory"] - many["base"]) / count
            print(
                f"{count:2} cameras: {cpu:.1f} ms CPU a camera and second, {memory:.1f} MB a camera above"
                f" {many['base']:.0f} MB, {many['missing']} keyframes missing"
            )
        sent = {send: _apart(kvs.url, send, 1)["bytes"] for send in Send}
        ratio = sent[Send.KEYFRAMES] / sent[Send.ALL]
        print(f"uplink: keyframes are {100 * ratio:.0f} % of all")
        rate = asyncio.run(_catch_up(kvs.url))
        print(f"catching up: {rate:.1f} fragments a second of a stream (KVS takes 5)")
    first, last = _hour()
    print(f"an hour of packets: {first:.0f} MB after 6 minutes, {last:.0f} MB after 60")


@contextmanager
def _kvs(streams: int) -> Iterator[KvsServer]:
    with KvsServer({"testing": "testing"}, limits=Limits(connections=100)) as server:
        client = _session().client("kinesisvideo", endpoint_url=server.url)
        for number in range(streams):
            client.create_stream(StreamName=f"camera-{number}", DataRetentionInHours=1)
        yield server


GSTREAMER = ["/usr/bin/python3", str(CAMERA), str(VIDEO), "h264", "--shared"]
OURS = [sys.executable, "-m", "tests.bench._rtsp_camera", str(VIDEO)]


@contextmanager
def _camera(command: list[str]) -> Iterator[str]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().strip()
            yield f"rtsp://127.0.0.1:{said}/door" if said.isdecimal() else said
        finally:
            process.kill()


def _ffmpeg() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _camera(GSTREAMER) as url:
        command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-t", str(SECONDS)]
        with subprocess.Popen([*command, "-c", "copy", "-f", "matroska", "-y", "/dev/null"]) as process:
            process.wait()
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # before the camera's own is added
    return usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime


def _apart(kvs_url: str, send: Send, cameras: int, server: list[str] = OURS) -> dict[str, float]:
    with _camera(server) as url:
        command = [sys.executable, "-m", "tests.bench.gateway", kvs_url, url, send.value, str(cameras)]
        environ = {**os.environ, **_service_environment()}
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environ)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def _service_environment() -> dict[str, str]:
    """How the systemd unit has memory given back."""
    settings = re.findall(r"(MALLOC_\w+)=(\d+)", UNIT.read_text())
    assert settings
    return dict(settings)


async def _measure(kvs_url: str, url: str, send: Send, cameras: int) -> dict[str, float]:
    """In its own process: measure what this many cameras cost for a while."""
    base = _memory()
    kinesisvideo = _session().client("kinesisvideo", endpoint_url=kvs_url)
    destination = Destination(kinesisvideo, Credentials("testing", "testing"), time.monotonic)
    with tempfile.TemporaryDirectory() as directory:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            uplink = PublisherDependencies(destination, session, Rate(0, CLOCK), CLOCK)
            running = [_kvs_camera(Path(directory), url, send, uplink, number) for number in range(cameras)]
            async with asyncio.timeout(60):
                while not all(camera.status().state == "live" for camera in running):
                    await asyncio.sleep(0.05)
            before, begun = time.process_time(), [_taken(camera) for camera in running]
            await asyncio.sleep(SECONDS)
            cpu, memory = time.process_time() - before, _memory()
            taken = [_taken(camera) - was for camera, was in zip(running, begun, strict=True)]
            statuses = [camera.status() for camera in running]
            await asyncio.gather(*(camera.stop(10) for camera in running))
    # Two keyframes a fragment, each 2 s: what is neither delivered nor waiting is missing.
    expected = SECONDS // 4 - 1 if send is Send.KEYFRAMES else 0
    missing = sum(max(0, expected - fragments) for fragments in taken) + sum(
        status.lost for status in statuses
    )
    sent = sum(status.sent_bytes for status in statuses)
    return {"cpu": cpu, "memory": memory, "base": base, "missing": missing, "bytes": sent}


def _kvs_camera(
    directory: Path, url: str, send: Send, uplink: PublisherDependencies, number: int
) -> KvsCamera:
    """As the gateway runs it, opening hours and all."""
    name = f"camera-{number}"
    registered = replace(REGISTERED, camera_id=name, stream_name=name)
    source, spool = GatewayCamera(name, Address(url), send), Spool(directory / name, BOUNDS)
    made = KvsCamera(registered, source, spool, KvsCameraDependencies(uplink, WallClock()))
    made.start()
    return made


def _taken(camera: KvsCamera) -> int:
    status = camera.status()
    return status.delivered + status.spool_count


async def _catch_up(kvs_url: str) -> float:
    """A backlog of 40 fragments, in fragments a second."""
    kinesisvideo = _session().client("kinesisvideo", endpoint_url=kvs_url)
    destination = Destination(kinesisvideo, Credentials("testing", "testing"), time.monotonic)
    with tempfile.TemporaryDirectory() as directory:
        spool = Spool(Path(directory), BOUNDS)
        for place in range(40):
            put(spool, fragment(place))
        async with aiohttp.ClientSession() as session:
            publisher = Publisher(
                "camera-0", spool, PublisherDependencies(destination, session, Rate(0, CLOCK), CLOCK)
            )
            publisher.stop()
            begun = time.monotonic()
            await publisher.run()
            assert time.monotonic() - begun >= 39 / FRAGMENTS_A_SECOND
            return 40 / (time.monotonic() - begun)


def _hour() -> tuple[float, float]:
    """Memory in MB after 6 minutes' and after an hour's packets through framing, fragments and spool."""
    with av.open(str(VIDEO)) as container:
        stream = container.streams.video[0]
        extradata = bytes(stream.codec_context.extradata or b"")
        timed = [packet for packet in container.demux(stream) if packet.size and packet.pts is not None]
        scale = 1000 * (stream.time_base or 0)
        minute = [
            SourcePacket(round((packet.pts or 0) * scale), bytes(packet), packet.is_keyframe, 0)
            for packet in timed
        ]
    pipeline = PacketPipeline(VideoSource("h264", extradata, iter(())), Send.ALL)
    memory = []
    with tempfile.TemporaryDirectory() as directory:
        spool = Spool(Path(directory), BOUNDS)
        for round_ in range(60):
            for packet in minute:
                own_ms = packet.own_ms + 60_000 * round_
                for made in pipeline.add(replace(packet, own_ms=own_ms), 10**12 + own_ms):
                    spool.remove(spool.put(made.first_ms, made.last_ms, made.document(), made.last_ms))
            if round_ in (5, 59):
                memory.append(_memory())
    return memory[0], memory[1]


def _make_video() -> None:
    if VIDEO.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    if not ENCODED.exists():
        _encode()
    subprocess.run(["ffmpeg", "-v", "error", "-i", str(ENCODED), "-c", "copy", "-y", str(VIDEO)], check=True)


def _session() -> boto3.Session:
    return boto3.Session("testing", "testing", region_name="us-east-1")


def _memory() -> float:
    """This process's memory now, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) / 1024


if __name__ == "__main__":
    _, where, address, how, many = sys.argv
    print(json.dumps(asyncio.run(_measure(where, address, Send(how), int(many)))))
