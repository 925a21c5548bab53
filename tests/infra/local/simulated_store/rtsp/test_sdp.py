"""What DESCRIBE declares, against what is in the video."""

from base64 import b64decode
from pathlib import Path

import pytest

from infra.local.simulated_store.cameras.video import recording
from infra.local.simulated_store.rtsp.sdp import description
from tests.ingest.gateway.videos import Made, write


@pytest.mark.parametrize(
    ("made", "encoding", "sets"),
    [
        (Made("libx264", frames=5), "H264", {"sprop-parameter-sets": [7, 8]}),
        (Made("libx265", frames=5), "H265", {"sprop-vps": [32], "sprop-sps": [33], "sprop-pps": [34]}),
    ],
)
def test_the_parameter_sets_are_declared(
    tmp_path: Path, made: Made, encoding: str, sets: dict[str, list[int]]
) -> None:
    write(tmp_path / "v.mp4", made)
    track = recording(str(tmp_path / "v.mp4"), 0).track

    lines = description("door", track).split("\r\n")
    assert lines[0] == "v=0"
    assert lines[-1] == ""
    assert "m=video 0 RTP/AVP 96" in lines
    assert f"a=rtpmap:96 {encoding}/90000" in lines
    assert lines[-2] == "a=control:trackID=0"
    (fmtp,) = (line.removeprefix("a=fmtp:96 ") for line in lines if line.startswith("a=fmtp:"))
    parameters = dict(part.split("=", 1) for part in fmtp.split(";"))
    kinds = {
        name: [_kind(encoding, b64decode(unit)) for unit in parameters[name].split(",")] for name in sets
    }
    assert kinds == sets
    if encoding == "H264":
        assert parameters["packetization-mode"] == "1"
        sps = b64decode(parameters["sprop-parameter-sets"].split(",")[0])
        assert parameters["profile-level-id"] == sps[1:4].hex().upper()


def _kind(encoding: str, unit: bytes) -> int:
    return unit[0] & 0x1F if encoding == "H264" else unit[0] >> 1 & 0x3F
