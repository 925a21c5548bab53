"""The store gateway on 1080p25 at 4 Mbit/s over RTSP: CPU against ffmpeg's copy, cameras, memory, uplink."""

import asyncio
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Thread

import aiohttp
import av
import boto3
from botocore.credentials import Credentials

from infra.local.kvs.limits import Limits
from infra.local.kvs.server import KvsServer
from ingest.gateway.clock import WallClock
from ingest.gateway.destination import Destination
from ingest.gateway.fragmenting import Send
from ingest.gateway.intake import Intake, Lane, Ports
from ingest.gateway.pace import FRAGMENTS_A_SECOND, Clock, Rate
from ingest.gateway.publisher import Publisher, Uplink
from ingest.gateway.source import Address, Source, SourcePacket
from ingest.gateway.spool import Bounds, Spool
from tests.bench.keyframes import CACHE, ENCODED, _encode
from tests.ingest.gateway.conftest import fragment, put

VIDEO = CACHE / "minute.mp4"
SECONDS = 30
CAMERA = Path(__file__).parents[1] / "ingest" / "gateway" / "rtsp_camera.py"
CLOCK = Clock(time.monotonic, asyncio.sleep)
BOUNDS = Bounds(2_000_000_000)


def main() -> None:
    """Print the table."""
    if not Path("/usr/bin/python3").exists() or shutil.which("ffmpeg") is None:
        sys.exit("this benchmark needs Debian's python3, gir1.2-gst-rtsp-server-1.0 and ffmpeg")
    _make_video()
    with _kvs(50) as kvs:
        reference = _ffmpeg()
        print(f"ffmpeg -c copy: {reference:.2f} s CPU in {SECONDS} s")
        for send in Send:
            one = _apart(kvs.url, send, 1)
            print(f"gateway, {send}: {one['cpu']:.2f} s CPU, ratio {one['cpu'] / reference:.2f}")
        for count in (1, 10, 50):
            many = _apart(kvs.url, Send.KEYFRAMES, count, str(VIDEO))
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


@contextmanager
def _camera() -> Iterator[str]:
    command = ["/usr/bin/python3", str(CAMERA), str(VIDEO), "h264", "--shared"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"rtsp://127.0.0.1:{int(process.stdout.readline())}/door"
        finally:
            process.kill()


def _ffmpeg() -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with _camera() as url:
        command = ["ffmpeg", "-v", "error", "-rtsp_transport", "tcp", "-i", url, "-t", str(SECONDS)]
        with subprocess.Popen([*command, "-c", "copy", "-f", "matroska", "-y", "/dev/null"]) as process:
            process.wait()
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # before the camera's own is added
    return usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime


def _apart(kvs_url: str, send: Send, cameras: int, file: str | None = None) -> dict[str, float]:
    """Over RTSP, or a file in real time: one GStreamer server does not bear 50 clients."""
    with nullcontext(file) if file else _camera() as url:
        command = [sys.executable, "-m", "tests.bench.gateway", kvs_url, url, send.value, str(cameras)]
        environ = {**os.environ, "MALLOC_ARENA_MAX": "2"}  # as the service has it
        answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environ)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


async def _measure(kvs_url: str, url: str, send: Send, cameras: int) -> dict[str, float]:
    """In a process of its own: what so many cameras cost for a while."""
    base = _memory()
    kinesisvideo = _session().client("kinesisvideo", endpoint_url=kvs_url)
    destination = Destination(kinesisvideo, Credentials("testing", "testing"), time.monotonic)
    with tempfile.TemporaryDirectory() as directory:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            uplink = Uplink(destination, session, Rate(0, CLOCK), CLOCK)
            spools = [Spool(Path(directory) / str(number), BOUNDS) for number in range(cameras)]
            publishers = [Publisher(f"camera-{n}", spool, uplink) for n, spool in enumerate(spools)]
            intakes = [Intake(Address(url), send, Ports(spool, WallClock())) for spool in spools]
            tasks = [asyncio.ensure_future(publisher.run()) for publisher in publishers]
            threads = [Thread(target=intake.run, daemon=True) for intake in intakes]
            for thread in threads:
                thread.start()
            async with asyncio.timeout(20):
                while not all(intake.seen.state == "live" for intake in intakes):
                    await asyncio.sleep(0.05)
            before = time.process_time()
            await asyncio.sleep(SECONDS)
            cpu, memory = time.process_time() - before, _memory()
            for task in tasks:
                task.cancel()
            # Two keyframes a fragment, each 2 s: what is neither delivered nor waiting is missing.
            expected = cameras * (SECONDS // 4 - 1) if send is Send.KEYFRAMES else 0
            found = sum(publisher.delivery.persisted + len(publisher._spool) for publisher in publishers)
            sent = sum(publisher.sent_bytes for publisher in publishers)
    missing = max(0, expected - found) + sum(intake.seen.lost for intake in intakes)
    return {"cpu": cpu, "memory": memory, "base": base, "missing": missing, "bytes": sent}


async def _catch_up(kvs_url: str) -> float:
    """A backlog of 40 fragments, in fragments a second."""
    kinesisvideo = _session().client("kinesisvideo", endpoint_url=kvs_url)
    destination = Destination(kinesisvideo, Credentials("testing", "testing"), time.monotonic)
    with tempfile.TemporaryDirectory() as directory:
        spool = Spool(Path(directory), BOUNDS)
        for place in range(40):
            put(spool, fragment(place))
        async with aiohttp.ClientSession() as session:
            publisher = Publisher("camera-0", spool, Uplink(destination, session, Rate(0, CLOCK), CLOCK))
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
    lane = Lane(Source("h264", extradata, iter(())), Send.ALL)
    memory = []
    with tempfile.TemporaryDirectory() as directory:
        spool = Spool(Path(directory), BOUNDS)
        for round_ in range(60):
            for packet in minute:
                own_ms = packet.own_ms + 60_000 * round_
                for made in lane.add(replace(packet, own_ms=own_ms), 10**12 + own_ms):
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
