"""What `check` finds out about a camera in a short sample."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from infra.local.simulated_store.rtsp.server import RtspServer
from ingest.gateway.capture.fragmenting import GOOD_GOP
from ingest.gateway.check.camera_check import check_video
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import GatewayCamera
from tests.infra.local.simulated_store.rtsp.recorded import recorded
from tests.ingest.gateway.scripted_camera import Unit, filmed, scripted_camera
from tests.ingest.gateway.videos import Made

FRAMES_A_SECOND = 4
"""By the camera's clock: its 30 s are sent in an eighth of a second."""


def sampled(url: str, seconds: float) -> Finding:
    found = check_video(GatewayCamera("door", Address(url), Send.KEYFRAMES), seconds)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("keyframes", "frames", "advice"),
    [
        ((0,), 121, "at least 30 s apart, so only the beginning of each group is sent"),
        ((0, 100, 110), 121, "25 s apart, so only the beginning of each group is sent"),
        ((0, 40), 61, "10 s apart"),
    ],
)
def test_keyframes_that_are_far_apart_are_advice(keyframes: Sequence[int], frames: int, advice: str) -> None:
    key, other = filmed(Made(frames=2, gop=2))

    def script() -> Iterator[Unit]:
        for number in range(frames):
            yield Unit(number / FRAMES_A_SECOND, (key if number in keyframes else other).units)
        for number in count():  # hardly any later, until the sample ends
            yield Unit((frames - 1) / FRAMES_A_SECOND + (number + 1) / 10_000, other.units)

    with scripted_camera(script, 1000) as port:
        found = sampled(f"rtsp://127.0.0.1:{port}/door", 1)

    assert found.problem is None
    assert f"its keyframes are {advice}: {GOOD_GOP}" in found.advice


def test_a_stream_that_ends_early_is_told(tmp_path: Path) -> None:
    with RtspServer([recorded(tmp_path, Made(frames=15, gop=5))]) as server:
        found = sampled(server.url("door"), 60)

    assert found.problem is None
    (advice,) = found.advice
    assert advice.startswith("it ended its stream after ")
