"""Each document of GetMedia as mkvinfo, an independent Matroska parser, reads it."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.local.kvs.server import KvsServer
from ingest.kvs import mkv
from tests.infra.local.kvs.arbitrary_media import AUDIO, HEADER, START, TAGS, VIDEO, fragment
from tests.infra.local.kvs.film import film, put_body
from tests.infra.local.kvs.raw import put
from tests.infra.local.kvs.reading import create, get_media, listed, read_until, tag

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(
        shutil.which("mkvinfo") is None and "CI" not in os.environ,
        reason="mkvinfo is not on PATH: it comes with Debian's mkvtoolnix",
    ),
]


@dataclass(frozen=True)
class Read:
    """What mkvinfo finds in a document; times in ms."""

    tracks: list[tuple[int, str]]
    clusters: list[int]
    blocks: list[int]
    tags: list[str]


def read(document: bytes, directory: Path) -> Read:
    path = directory / "document.mkv"
    path.write_bytes(document)
    done = subprocess.run(["mkvinfo", "-v", path], capture_output=True, text=True, check=True)
    assert (done.stderr, "Unknown element" in done.stdout) == ("", False)
    numbers = re.findall(r"\+ Track number: (\d+)", done.stdout)
    codecs = re.findall(r"\+ Codec ID: (\S+)", done.stdout)
    return Read(
        [(int(number), codec) for number, codec in zip(numbers, codecs, strict=True)],
        [to_ms(time) for time in re.findall(r"\+ Cluster timestamp: (\S+)", done.stdout)],
        [to_ms(time) for time in re.findall(r"\+ Simple block: .* timestamp (\S+)", done.stdout)],
        re.findall(r"\+ Name: (\S+)", done.stdout),
    )


def to_ms(time: str) -> int:
    """Milliseconds of `hours:minutes:seconds.nanoseconds`."""
    hours, minutes, seconds = time.split(":")
    whole, nanoseconds = seconds.split(".")
    return ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1000 + int(nanoseconds) // 1_000_000


def documents(kvs: KvsServer) -> list[bytes]:
    payload = get_media(kvs)["Payload"]
    return [
        read_until(payload, tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN", number))
        for number in sorted(listed(kvs))
    ]


OURS = [f"AWS_KINESISVIDEO_{name}" for name in ("FRAGMENT_NUMBER", "SERVER_TIMESTAMP", "PRODUCER_TIMESTAMP")]
POSITION = [f"AWS_KINESISVIDEO_{name}" for name in ("MILLIS_BEHIND_NOW", "CONTINUATION_TOKEN")]
AVC, AAC = (1, "V_MPEG4/ISO/AVC"), (2, "A_AAC")


def test_the_documents_of_a_film(kvs: KvsServer, tmp_path: Path) -> None:
    create(kvs)
    moving = film(seconds=3)
    put_body(kvs.url, moving.body(START))

    found = [read(document, tmp_path) for document in documents(kvs)]

    times = [START + block.time for block in moving.blocks]
    keyframes = [START + block.time for block in moving.blocks if block.keyframe]
    assert [document.tracks for document in found] == [[AVC]] * 3
    assert [document.clusters for document in found] == [[time] for time in keyframes]
    assert [len(document.blocks) for document in found] == [5, 5, 5]
    assert [time for document in found for time in document.blocks] == times


def test_two_tracks(kvs: KvsServer, tmp_path: Path) -> None:
    create(kvs)
    both = fragment(START) + mkv.simple_block(2, 10, b"sound", keyframe=True)
    put_body(kvs.url, mkv.header([VIDEO, AUDIO]) + both + mkv.END_OF_FRAGMENT)

    (document,) = documents(kvs)

    assert read(document, tmp_path) == Read(
        [AVC, AAC], [START], [START, START + 40, START + 80, START + 10], [*OURS, *POSITION]
    )


def test_tags_stand_behind_the_cluster_and_the_end_of_fragment_is_gone(
    kvs: KvsServer, tmp_path: Path
) -> None:
    create(kvs)
    put_body(kvs.url, HEADER + fragment(START) + TAGS + mkv.END_OF_FRAGMENT)

    (document,) = documents(kvs)

    assert read(document, tmp_path).tags == [*OURS, "shelf", *POSITION]


def test_documents_of_several_connections(kvs: KvsServer, tmp_path: Path) -> None:
    create(kvs)
    put(kvs.url, START, START + 1000)
    put(kvs.url, START + 5000)

    clusters = [read(document, tmp_path).clusters for document in documents(kvs)]

    assert clusters == [[START], [START + 1000], [START + 5000]]
