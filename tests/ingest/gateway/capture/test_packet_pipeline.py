"""One opening of a camera whose time line drifts from ours: real packets, at given times."""

from collections.abc import Callable
from pathlib import Path

import av
import pytest

from ingest.gateway.capture.demuxing import SourcePacket
from ingest.gateway.capture.fragmenting import VideoFragment
from ingest.gateway.capture.packet_pipeline import PacketPipeline
from ingest.gateway.capture.source import VideoSource
from ingest.gateway.config.sending import Send
from tests.ingest.gateway.videos import Made, packets, write

START = 1_700_000_000_000
SECONDS, GOP_SECONDS = 120, 2


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "v.mp4"
    write(path, Made(frames=25 * SECONDS, gop=25 * GOP_SECONDS, size=(32, 32)))
    return path


def fragments(
    video: Path, send: Send, own: Callable[[int], int], arrival: Callable[[int], int]
) -> list[VideoFragment]:
    """The fragments of the video; `own` and `arrival` map when a frame was taken, in ms."""
    with av.open(str(video)) as container:
        extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
    pipeline, made = PacketPipeline(VideoSource("h264", extradata, iter(())), send), list[VideoFragment]()
    for taken, data, keyframe in packets(video):
        arrived = arrival(taken)
        made += pipeline.add(SourcePacket(own(taken), data, keyframe, arrived / 1000), START + arrived)
    return made + pipeline.end()


def steady(taken: int) -> int:
    return taken


def two_seconds_at_once(taken: int) -> int:
    """Like a camera that begins with what it has buffered."""
    return max(taken, 2000)


def in_bursts(taken: int) -> int:
    return -(-taken // 1500) * 1500


@pytest.mark.parametrize(
    ("own", "arrival", "most_off"),
    [
        pytest.param(lambda taken: taken * 105 // 100, steady, 1_200, id="5 % fast"),
        pytest.param(lambda taken: taken * 95 // 100, steady, 2_500, id="5 % slow"),
        pytest.param(steady, two_seconds_at_once, 2_000, id="begins with what it has buffered"),
        pytest.param(steady, in_bursts, 1_500, id="bursts"),
    ],
)
def test_no_frame_is_lost_where_time_lines_come_apart_slowly(
    video: Path, own: Callable[[int], int], arrival: Callable[[int], int], most_off: int
) -> None:
    made = fragments(video, Send.ALL, own, arrival)

    times = [
        fragment.timecode_ms + block.relative_ms - START for fragment in made for block in fragment.blocks
    ]
    assert len(times) == 25 * SECONDS
    assert max(abs(time - 40 * place) for place, time in enumerate(times)) <= most_off
    assert all(fragment.blocks[0].keyframe for fragment in made)


@pytest.mark.parametrize("jump_ms", [-60_000, -3_000, 3_000, 60_000])
def test_a_jump_costs_the_rest_of_its_group_at_most(video: Path, jump_ms: int) -> None:
    jump_at = 41_000

    def own(taken: int) -> int:
        return taken + (jump_ms if taken >= jump_at else 0)

    made = fragments(video, Send.ALL, own, steady)
    times = [
        fragment.timecode_ms + block.relative_ms - START for fragment in made for block in fragment.blocks
    ]
    missing = sorted({40 * place for place in range(25 * SECONDS)} - set(times))

    assert missing == list(range(jump_at, 42_000, 40))


@pytest.mark.parametrize("own", [lambda taken: taken * 105 // 100, lambda taken: taken * 95 // 100])
def test_keyframes_lose_nothing_either(video: Path, own: Callable[[int], int]) -> None:
    made = fragments(video, Send.KEYFRAMES, own, steady)
    assert sum(len(fragment.blocks) for fragment in made) == SECONDS // GOP_SECONDS
