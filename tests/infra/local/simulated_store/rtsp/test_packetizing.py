"""Frames as packets; test_server checks them with FFmpeg."""

import pytest

from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.rtsp.packetizing import (
    PACKET_SIZE,
    PacketizedFrame,
    Packetizer,
    annex_b,
    is_rtcp,
)


def test_annex_b_of_any_length_size() -> None:
    assert annex_b(b"\0\2ab\0\1c", 2) == b"\0\0\0\1ab\0\0\0\1c"


@pytest.mark.parametrize(("packet", "rtcp"), [(b"\x80\xc8", True), (b"\x80\xcb", True), (b"\x80\x60", False)])
def test_which_packets_are_rtcp(packet: bytes, rtcp: bool) -> None:
    assert is_rtcp(packet) == rtcp


def test_a_keyframe_is_divided_into_packets_and_ended_by_a_bye() -> None:
    feed = SimulatedCamera("door").feed(lambda: 1_795_437_840.0)
    packetizer = Packetizer(feed.track)

    frame = packetizer.packetize(next(feed.frames))
    bye = packetizer.close()

    rtp = [packet for packet in frame.packets if not is_rtcp(packet)]
    assert frame.keyframe
    assert len(rtp) > 1
    assert max(map(len, rtp)) <= PACKET_SIZE
    assert frame.first == (int.from_bytes(rtp[0][2:4], "big"), int.from_bytes(rtp[0][4:8], "big"))
    assert b"\x81\xcb" in b"".join(bye.packets)


def test_interleaved_packets_are_built_once_for_the_same_channels() -> None:
    frame = PacketizedFrame(True, [b"\x80\x60rtp", b"\x80\xc8rtcp"])
    both = frame.interleaved((2, 3))
    assert both == b"$\x02\0\x05\x80\x60rtp$\x03\0\x06\x80\xc8rtcp"
    assert frame.interleaved((2, 3)) is both
    assert frame.interleaved((0, 1)) != both
