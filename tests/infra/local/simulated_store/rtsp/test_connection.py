"""Requests and their responses, byte by byte: RFC 2326 itself, not as one client uses it."""

import socket
import time
from collections.abc import Iterator, Mapping

import pytest

from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.rtsp.server import RtspServer
from tests.infra.local.simulated_store.clocks import FastClock
from tests.infra.local.simulated_store.rtsp.raw import TCP, Client, client
from tests.infra.local.simulated_store.videos import make_video

METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
OTHER_CHANNELS = "RTP/AVP/TCP;unicast;interleaved=4-5"
UDP = "RTP/AVP;unicast;client_port=5000-5001"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServer]:
    """Two cameras that play endlessly, with a keyframe every tenth of a second."""
    video = str(make_video(tmp_path_factory.mktemp("videos") / "loop.mp4"))
    cameras = [VideoSource("door", video), VideoSource("till", video)]
    with RtspServer(cameras, clock=FastClock()) as server:
        yield server


@pytest.fixture
def rtsp(server: RtspServer) -> Iterator[Client]:
    with client(server.port) as rtsp:
        yield rtsp


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "answered"),
    [
        ("OPTIONS", "*", {}, 200, {"public": METHODS}),
        ("OPTIONS", "door", {}, 200, {"public": METHODS}),
        ("DESCRIBE", "door", {}, 200, {"content-type": "application/sdp"}),
        ("DESCRIBE", "door/", {}, 200, {"content-type": "application/sdp"}),
        ("DESCRIBE", "cellar", {}, 404, {}),
        ("SETUP", "cellar/trackID=0", {"Transport": TCP}, 404, {}),
        ("SETUP", "door/trackID=1", {"Transport": TCP}, 404, {}),
        ("SETUP", "door/trackID=0", {"Transport": TCP}, 200, {"transport": TCP}),
        ("SETUP", "door", {"Transport": OTHER_CHANNELS}, 200, {"transport": OTHER_CHANNELS}),
        ("SETUP", "door", {"Transport": f"RAW/RAW/UDP,{TCP}"}, 200, {"transport": TCP}),
        ("SETUP", "door", {"Transport": "RTP/AVP;multicast"}, 461, {}),
        ("SETUP", "door", {"Transport": "RTP/SAVP;unicast;client_port=5000-5001"}, 461, {}),
        ("SETUP", "door", {}, 461, {}),
        ("SETUP", "door", {"Transport": TCP, "Session": "none"}, 454, {}),
        ("PLAY", "door", {}, 454, {}),
        ("PLAY", "door", {"Session": "none"}, 454, {}),
        ("TEARDOWN", "door", {"Session": "none"}, 454, {}),
        ("GET_PARAMETER", "door", {}, 200, {}),
        ("GET_PARAMETER", "door", {"Session": "none"}, 454, {}),
        ("PAUSE", "door", {}, 405, {"allow": METHODS}),
        ("SET_PARAMETER", "door", {}, 405, {"allow": METHODS}),
        ("LOOK", "door", {}, 501, {"public": METHODS}),
        ("DESCRIBE", "door", {"Require": "implicit-play"}, 551, {"unsupported": "implicit-play"}),
    ],
)  # fmt: skip
def test_a_request_and_its_response(
    rtsp: Client, method: str, path: str, headers: Mapping[str, str], status: int, answered: Mapping[str, str]
) -> None:
    answer = rtsp.ask(method, path, **headers)
    assert answer.status == status
    assert answered.items() <= answer.headers.items()
    assert rtsp.ask("OPTIONS").status == 200  # and the connection continues


def test_what_cannot_be_asked_for(rtsp: Client) -> None:
    assert rtsp.ask("GET_PARAMETER", "door", b"position\r\n").status == 451
    rtsp.connection.sendall(b"OPTIONS * RTSP/1.0\r\n\r\n")
    assert rtsp.answer().status == 400  # no CSeq
    rtsp.connection.sendall(b"OPTIONS * RTSP/2.0\r\nCSeq: 7\r\n\r\n")
    answer = rtsp.answer()
    assert (answer.status, answer.headers["cseq"]) == (505, "7")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"garbage\r\n\r\n", 400),
        (b"\x80\xff\xfe\xfd\r\n\r\n", 400),
        (b"OPTIONS * RTSP/1.0\r\nno header\r\n\r\n", 400),
        (b"OPTIONS * RTSP/1.0\r\nContent-Length: many\r\n\r\n", 400),
        (b"OPTIONS * RTSP/1.0\r\nContent-Length: 70000\r\n\r\n", 413),
        (b"OPTIONS " + b"*" * 100_000, 413),
    ],
)
def test_after_what_is_no_rtsp_nothing_can_be_understood(rtsp: Client, said: bytes, status: int) -> None:
    rtsp.connection.sendall(said)
    assert rtsp.answer().status == status
    assert rtsp.rest() == b""


@pytest.mark.parametrize("said", [b"", b"OPTIONS *", b"$\0\0\x20half", b"\r\n\r\n"])
def test_a_client_that_goes_in_mid_sentence_is_gone(server: RtspServer, rtsp: Client, said: bytes) -> None:
    rtsp.connection.sendall(said)
    rtsp.connection.shutdown(socket.SHUT_WR)
    assert rtsp.rest() == b""


def test_play_names_the_first_packet_which_begins_a_keyframe(rtsp: Client) -> None:
    session = rtsp.set_up(TCP.replace("0-1", "2-3"))
    answer = rtsp.ask("PLAY", "door/", Session=f"{session};timeout=60")
    info = dict(part.split("=", 1) for part in answer.headers["rtp-info"].split(";"))
    assert info["url"] == f"{rtsp.url}/door/trackID=0"
    assert answer.headers["range"] == "npt=now-"
    assert rtsp.frames == []  # nothing before the response
    while (frame := rtsp.frame())[0] != 2:  # a sender report may come first
        assert frame[0] == 3
    packet = frame[1]
    assert int.from_bytes(packet[2:4], "big") == int(info["seq"])
    assert int.from_bytes(packet[4:8], "big") == int(info["rtptime"])
    assert packet[12] & 0x1F in {
        5,
        6,
        24,
        28,
    }  # IDR or SEI, alone, aggregated or in fragments (RFC 6184, 5.2)


def test_reports_and_requests_while_it_plays(rtsp: Client) -> None:
    session = rtsp.playing()
    rtsp.connection.sendall(b"$\1\0\x08\x80\xc9\0\1\0\0\0\0")
    for _ in range(30):
        rtsp.frame()
    answer = rtsp.ask("GET_PARAMETER", Session=session)
    assert (answer.status, answer.headers["session"]) == (200, f"{session};timeout=60")
    assert rtsp.ask("PLAY", Session=session).status == 200
    assert rtsp.ask("SETUP", "door", Transport=TCP, Session=session).status == 455
    assert rtsp.ask("SETUP", "till", Transport=TCP, Session=session).status == 459
    assert rtsp.ask("PLAY", "till", Session=session).status == 454


def test_after_teardown_nothing_is_sent_and_the_session_is_gone(rtsp: Client) -> None:
    session = rtsp.playing()
    assert rtsp.ask("TEARDOWN", Session=session).status == 200
    rtsp.frames.clear()
    assert rtsp.ask("PLAY", Session=session).status == 454
    assert rtsp.ask("OPTIONS").status == 200
    assert rtsp.frames == []
    rtsp.playing()  # but a new one can be set up


def test_a_transport_may_be_changed_before_it_plays(rtsp: Client) -> None:
    session = rtsp.set_up(UDP)
    answer = rtsp.ask("SETUP", "door", Transport=TCP, Session=session)
    assert answer.headers["session"] == f"{session};timeout=60"
    rtsp.ask("PLAY", Session=session)
    assert rtsp.frame()[0] in {0, 1}


def test_over_udp_from_the_ports_that_were_said(rtsp: Client) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.settimeout(20)
        receiver.bind(("127.0.0.1", 0))
        port = receiver.getsockname()[1]
        answer = rtsp.ask("SETUP", "door", Transport=f"RTP/AVP/UDP;unicast;client_port={port}-{port}")
        assert answer.status == 461  # RTP and RTCP need a port each
        answer = rtsp.ask("SETUP", "door", Transport=f"RTP/AVP/UDP;unicast;client_port={port}-{port ^ 1}")
        said = dict(part.split("=") for part in answer.headers["transport"].split(";") if "=" in part)
        rtp, rtcp = map(int, said["server_port"].split("-"))
        assert (rtp % 2, rtcp) == (0, rtp + 1)
        played = rtsp.ask("PLAY", Session=answer.headers["session"])
        packet, sender = receiver.recvfrom(2000)
    assert sender == ("127.0.0.1", rtp)
    assert f"seq={int.from_bytes(packet[2:4], 'big')};" in played.headers["rtp-info"]


def test_a_client_that_says_nothing_more_is_cut() -> None:
    with RtspServer([SimulatedCamera("door")], session_seconds=0.5) as server, client(server.port) as rtsp:
        answer = rtsp.ask("SETUP", "door", Transport=UDP)
        assert answer.status == 200
        assert rtsp.rest() == b""


def test_who_reports_over_udp_is_there() -> None:
    while not reports_keep_the_session(0.5):
        pass  # the reports of this process came too late on a busy machine: try again


def reports_keep_the_session(limit: float) -> bool:
    """Whether the reports came in time; the session must then outlive one and a half limits."""
    with (
        RtspServer([SimulatedCamera("door")], session_seconds=limit) as server,
        client(server.port) as rtsp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reporter,
    ):
        reporter.bind(("127.0.0.1", 0))
        mine = reporter.getsockname()[1]
        said = time.monotonic()
        answer = rtsp.ask("SETUP", "door", Transport=f"RTP/AVP;unicast;client_port={mine ^ 1}-{mine}")
        theirs = int(answer.headers["transport"].rpartition("-")[2])
        until, longest = said + 1.5 * limit, 0.0
        while said < until:
            reporter.sendto(b"\x80\xc9\0\1\0\0\0\0", ("127.0.0.1", theirs))
            said, before = time.monotonic(), said
            longest = max(longest, said - before)
            time.sleep(0.02)  # the interval of the reports
        if longest > limit / 2:
            return False
        assert rtsp.ask("GET_PARAMETER").status == 200
        return True
