"""GetMedia documents of 1080p25, 4 Mbit/s, to JPEGs: CPU against ffmpeg, growth, memory, cost of a sample."""

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import process_time

import av
from av.filter import Graph
from av.video.frame import PictureType

from ingest.jpeg import QSCALE, JpegMaker
from ingest.kvs import ebml, mkv
from ingest.kvs.matroska import read_fragments
from ingest.kvs.video import Fragment, ListedFragment, Track
from ingest.pull.selection import keyframe_for, select
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.times import from_millis
from tests.ingest.video import service_tags

ROUNDS = 5
"""Against ffmpeg, in turns: on a shared machine a single round says little."""
MINUTES = 10
GOP_SECONDS = 2
GOPS_A_MINUTE = 60 // GOP_SECONDS
START = 1_700_000_100_000
CACHE = Path(__file__).parents[2] / ".local" / "bench"
ENCODED, PLAIN, DOCUMENTS, PLACES = (
    CACHE / name for name in ("minute.mkv", "plain.mkv", "documents.mkv", "places.json")
)
CHUNK = 256 * 1024


@dataclass(frozen=True)
class Cost:
    """CPU seconds, JPEGs, bytes of video read and the process's peak memory in MB."""

    cpu: float
    jpegs: int
    read: int
    peak: float


def main() -> None:
    """Print the table; the video is encoded once and kept in .local/."""
    make_video()
    rate = DOCUMENTS.stat().st_size * 8 / (MINUTES * 60) / 1e6
    print(f"{MINUTES} min of 1920x1080 at 25/s, {rate:.1f} Mbit/s, a keyframe each {GOP_SECONDS} s")
    for minutes in (1, 2, 5, MINUTES):
        _all_keyframes_apart(minutes)
    if shutil.which("ffmpeg"):
        print(f"median ratio {median(_ratio() for _ in range(ROUNDS)):.2f}")
    else:
        print("ffmpeg is not on PATH: no ratio")
    sampled = _apart("one_a_minute", MINUTES)
    cpu, read = sampled.cpu / sampled.jpegs * 1000, sampled.read / sampled.jpegs / 1e6
    fetched = sampled.read / _mean_size() / sampled.jpegs
    print(f"one sample a minute: {cpu:.0f} ms CPU, {read:.2f} MB, {fetched:.2f} fragments a sample")


def _all_keyframes_apart(minutes: int) -> float:
    """Print the cost of every keyframe; return the CPU seconds."""
    cost = _apart("all_keyframes", minutes)
    print(f"{minutes:3} min: {cost.jpegs:3} JPEGs, {cost.cpu:6.2f} s CPU, peak {cost.peak:.0f} MB")
    return cost.cpu


def _ratio() -> float:
    """Run ffmpeg and our code once each, and print both; return our CPU as a share of ffmpeg's."""
    reference = _ffmpeg()
    print(f"ffmpeg -skip_frame nokey, qscale {QSCALE}: {reference:.2f} s CPU")
    return _all_keyframes_apart(MINUTES) / reference


def all_keyframes(minutes: int) -> tuple[int, int]:
    """Decode every keyframe of the first minutes; return (JPEGs, bytes read)."""
    maker, jpegs = JpegMaker(), 0
    with DOCUMENTS.open("rb") as file:
        for fragment in read_fragments(iter(lambda: file.read(CHUNK), b"")):
            assert isinstance(fragment, Fragment)
            for keyframe in fragment.keyframes:
                maker.jpeg(keyframe)
                jpegs += 1
            if jpegs == minutes * GOPS_A_MINUTE:
                break
        return jpegs, file.tell()


def one_a_minute(minutes: int) -> tuple[int, int]:
    """Do what the pull does: select from the list, read the selected fragments, decode the due keyframes."""
    places = {number: (start, length) for number, start, length in json.loads(PLACES.read_text())}
    listed = [_listed(number) for number in places]
    camera = Camera("bench", "bench", from_millis(START), sampling=Sampling(sample_every=60))
    wanted = select(camera, listed, (), from_millis(START + minutes * 60_000) + timedelta(minutes=1)).selected
    maker, jpegs, read = JpegMaker(), 0, 0
    with DOCUMENTS.open("rb") as file:
        for choice in wanted:
            start, length = places[choice.fragment.number]
            file.seek(start)
            (fragment,) = read_fragments([file.read(length)])
            assert isinstance(fragment, Fragment)
            for instant in choice.instants:
                keyframe = keyframe_for(camera, instant, fragment.keyframes)
                assert keyframe is not None
                maker.jpeg(keyframe)
                jpegs += 1
            read += length
    return jpegs, read


def _listed(number: str) -> ListedFragment:
    start = from_millis(START + int(number) * GOP_SECONDS * 1000)
    return ListedFragment(number, start, start, timedelta(milliseconds=GOP_SECONDS * 1000 - 40))


def _mean_size() -> float:
    return DOCUMENTS.stat().st_size / (MINUTES * GOPS_A_MINUTE)


def _apart(name: str, minutes: int) -> Cost:
    """Run in a separate process, so that the peak memory is that of this run alone."""
    command = [sys.executable, "-m", "tests.bench.keyframes", name, str(minutes)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return Cost(**json.loads(answer.stdout))


def _measure(name: str, minutes: int) -> None:
    run = {"all_keyframes": all_keyframes, "one_a_minute": one_a_minute}[name]
    before = process_time()
    jpegs, read = run(minutes)
    cpu = process_time() - before
    print(json.dumps({"cpu": cpu, "jpegs": jpegs, "read": read, "peak": peak()}))


def peak() -> float:
    """This process's peak memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, getrusage's peak includes the parent's; this one does not.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ffmpeg() -> float:
    """CPU seconds of ffmpeg for the same JPEGs, on one thread, from the same video in one Matroska file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [
        "ffmpeg", "-v", "error", "-threads", "1", "-skip_frame", "nokey", "-i", str(PLAIN), "-threads", "1",
        "-fps_mode", "passthrough", "-c:v", "mjpeg", "-qmin", "1", "-q:v", str(QSCALE),
        "-f", "image2pipe", "-",
    ]  # fmt: skip
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make_video() -> None:
    """Encode a minute of moving picture with a camera's noise, and repeat it ten times in both framings."""
    if PLACES.exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    if not ENCODED.exists():
        _encode()
    header, gops = clusters()
    places: list[tuple[str, int, int]] = []
    with PLAIN.open("wb") as plain, DOCUMENTS.open("wb") as documents:
        plain.write(header)
        for index in range(MINUTES * GOPS_A_MINUTE):
            time, blocks = index * GOP_SECONDS * 1000, gops[index % GOPS_A_MINUTE]
            plain.write(mkv.cluster(time) + blocks)
            start = documents.tell()
            tags = service_tags(str(index), START + time)
            documents.write(header + tags + mkv.cluster(START + time) + blocks)
            places.append((str(index), start, documents.tell() - start))
    PLACES.write_text(json.dumps(places))


def _encode() -> None:
    options = {
        "preset": "veryfast", "maxrate": "4M", "bufsize": "8M", "bf": "0", "sc_threshold": "0",
        "g": str(25 * GOP_SECONDS),
    }  # fmt: skip
    graph = Graph()
    last = graph.add("testsrc2", "size=1920x1080:rate=25:duration=60")
    for name, arguments in (("noise", "alls=12:allf=t"), ("format", "yuv420p"), ("buffersink", None)):
        following = graph.add(name, arguments)
        last.link_to(following)
        last = following
    graph.configure()
    part = ENCODED.with_suffix(".part")  # a run that is stopped leaves no half video behind
    with av.open(str(part), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.bit_rate = 4_000_000
        for frame in _pulled(graph):
            frame.pict_type = PictureType.NONE  # the source marks each frame as I, and x264 would obey
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    part.replace(ENCODED)


def _pulled(graph: Graph) -> Iterator[av.VideoFrame]:
    while True:
        try:
            frame = graph.pull()
        except (av.EOFError, av.BlockingIOError):
            return
        assert isinstance(frame, av.VideoFrame)
        yield frame


def clusters() -> tuple[bytes, list[bytes]]:
    """Return (our header, the blocks of each group of pictures, with times relative to its keyframe)."""
    header = b""
    gops: list[list[bytes]] = []
    for element in ebml.Parser().feed(ENCODED.read_bytes()):
        if element.id == ebml.TRACKS:
            entry = dict(ebml.children(dict(ebml.children(element.payload))[ebml.TRACK_ENTRY]))
            header = mkv.header([Track(1, "V_MPEG4/ISO/AVC", entry[ebml.CODEC_PRIVATE], 1920, 1080)])
        elif element.id in {ebml.SIMPLE_BLOCK, ebml.BLOCK_GROUP}:
            simple = element.id == ebml.SIMPLE_BLOCK
            parts = {ebml.BLOCK: element.payload} if simple else dict(ebml.children(element.payload))
            block = parts[ebml.BLOCK]
            key = bool(block[3] & 0x80) if simple else ebml.REFERENCE_BLOCK not in parts
            if key:
                gops.append([])
            gops[-1].append(mkv.simple_block(1, len(gops[-1]) * 40, block[4:], keyframe=key))
    return header, [b"".join(blocks) for blocks in gops]


if __name__ == "__main__":
    _measure(sys.argv[1], int(sys.argv[2]))
