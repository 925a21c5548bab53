"""The gateway against the simulated store's RTSP server, with what PyPI has: what is fed is in KVS.

`test_rtsp.py` does the same against GStreamer's server.
"""

from pathlib import Path
from urllib.parse import quote

import pytest

from infra.local.simulated_store.rtsp.authentication import Login
from infra.local.simulated_store.rtsp.server import RtspServer
from ingest.gateway.capture.camera_capture import CameraCapture
from ingest.gateway.capture.framing import nal_units
from ingest.gateway.config.addresses import Address
from ingest.gateway.config.sending import Send
from ingest.gateway.spool.spool import Spool
from tests.credentials import PASSWORD, USER
from tests.infra.local.simulated_store.rtsp.recorded import fed, recorded
from tests.ingest.gateway.conftest import Kvs
from tests.ingest.gateway.reading import dependencies, play, reading, until
from tests.ingest.gateway.videos import Made

USER_INFO = f"{USER}:{quote(PASSWORD, safe='')}"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    ("made", "send"),
    [
        (Made("libx264", frames=60, gop=20, rate=100), Send.ALL),
        (Made("libx264", frames=60, gop=20, rate=100), Send.KEYFRAMES),
        (Made("libx264", frames=60, gop=20, rate=100, b_frames=2), Send.ALL),
        (Made("libx265", frames=60, gop=20, rate=100), Send.ALL),
    ],
    ids=["h264", "h264, keyframes", "h264 with B-frames", "h265"],
)
def test_what_is_fed_is_in_kvs_packet_by_packet(
    kvs: Kvs, spool: Spool, tmp_path: Path, made: Made, send: Send, transport: str
) -> None:
    camera = recorded(tmp_path, made)
    with RtspServer([camera], login=Login(USER, PASSWORD)) as server:
        address = Address(server.url("door", USER_INFO), "udp" if transport == "udp" else "tcp")
        capture = play(kvs, spool, address, send)
        assert str(capture.status.problem).endswith("has ended its stream")

    expected = [packet for packet in fed(camera) if packet[2] or send is Send.ALL]
    found = kvs.blocks()
    start = found[0][0]
    assert [(data, keyframe) for _, data, keyframe in found] == [
        (b"".join(len(unit).to_bytes(4, "big") + unit for unit in nal_units(frame)), keyframe)
        for _, frame, keyframe in expected
    ]
    for (time, *_), (fed_time, *_) in zip(found, expected, strict=True):
        assert abs(time - start - fed_time) <= 1


@pytest.mark.parametrize(
    ("path", "user_info", "sentence"),
    [
        ("door", "viewer:wrong", "refuses the user name or password"),
        ("door", "", "refuses the user name or password"),
        ("cellar", USER_INFO, "has no such path: see the camera's manual for the path of its stream"),
    ],
)
def test_what_is_wrong_is_named_without_the_password(
    spool: Spool, tmp_path: Path, path: str, user_info: str, sentence: str
) -> None:
    camera = recorded(tmp_path, Made(frames=5))
    with RtspServer([camera], login=Login(USER, PASSWORD)) as server:
        address = Address(server.url(path, user_info))
        with reading(CameraCapture(address, Send.ALL, dependencies(spool))) as capture:
            until(lambda: capture.status.state == "failing")
        assert capture.status.problem == f"{server.url(path)} {sentence}"
