"""The server with FFmpeg as its client: the frames fed are the frames received."""

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice, repeat
from pathlib import Path
from threading import Event
from urllib.parse import quote

import av
import pytest

from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed, UnopenableVideo
from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.rtsp.authentication import Login
from infra.local.simulated_store.rtsp.sdp import PAYLOAD_TYPE
from infra.local.simulated_store.rtsp.server import RtspServer
from infra.local.simulated_store.rtsp.transports import MAX_BUFFERED_BYTES
from infra.local.wire.listening import PortInUse
from ingest.errors import OccupancyError
from tests.awaiting import await_that
from tests.infra.local.simulated_store.clocks import FastClock
from tests.infra.local.simulated_store.rtsp.raw import TCP, client
from tests.infra.local.simulated_store.rtsp.recorded import Recorded, fed, recorded
from tests.ingest.gateway.tls_server import certificate
from tests.ingest.gateway.videos import Made

PASSWORD = "hemmelig/?&="
DECLARED = {"allowed_media_types": "video", "analyzeduration": "0", "probesize": "32"}


def received(url: str, transport: str = "tcp") -> list[tuple[int, bytes, bool]]:
    """What FFmpeg reads until the end: (time in ms since the first, frame, whether a keyframe)."""
    options = {"rtsp_transport": transport, **DECLARED}
    with av.open(url, options=options, timeout=20) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        # The times of FFmpeg begin with the first frame, which has no time.
        times = [round((packet.pts or 0) * (packet.time_base or 0) * 1000) for packet in packets]
        return [
            (time, bytes(packet), packet.is_keyframe) for time, packet in zip(times, packets, strict=True)
        ]


@pytest.fixture
def bye_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interleaved packets keep their order; only over UDP the BYE could overtake the last frame."""
    monkeypatch.setattr("infra.local.simulated_store.rtsp.presentation.BYE_SECONDS", 0.0)


AT_ONCE = pytest.mark.usefixtures("bye_at_once")


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize(
    "made",
    [
        Made("libx264", frames=40, gop=20),
        Made("libx264", frames=40, gop=20, b_frames=2),
        Made("libx264", frames=40, gop=20, slices=3),
        Made("libx265", frames=40, gop=20),
        Made("libx265", frames=40, gop=20, b_frames=2),
    ],
    ids=["h264", "h264 with B-frames", "h264 in slices", "h265", "h265 with B-frames"],
)
def test_what_is_fed_arrives_packet_by_packet(
    tmp_path: Path, made: Made, transport: str, request: pytest.FixtureRequest
) -> None:
    if transport == "tcp":
        request.getfixturevalue("bye_at_once")
    camera = recorded(tmp_path, made)
    with RtspServer([camera], clock=FastClock()) as server:
        found = received(server.url("door"), transport)

    assert found == fed(camera)
    assert server.errors == []


@AT_ONCE
def test_a_frame_larger_than_many_packets_arrives_whole(tmp_path: Path) -> None:
    camera = recorded(tmp_path, Made(frames=4, gop=2, size=(1920, 1088)))
    frames = [frame for _, frame, _ in fed(camera)]
    assert max(map(len, frames)) > 5 * 1400
    with RtspServer([camera], clock=FastClock()) as server:
        assert [frame for _, frame, _ in received(server.url("door"))] == frames


@AT_ONCE
@pytest.mark.parametrize(
    "login",
    [
        Login("viewer", PASSWORD),
        Login("viewer", PASSWORD, qop=True),
        Login("viewer", PASSWORD, scheme="basic"),
    ],
    ids=["digest", "digest with qop", "basic"],
)
def test_only_who_knows_the_password_sees_it(tmp_path: Path, login: Login) -> None:
    camera = recorded(tmp_path, Made(frames=5))
    with RtspServer([camera], login=login, clock=FastClock()) as server:
        found = received(server.url("door", f"viewer:{quote(PASSWORD, safe='')}"))
        for user_info in ("viewer:wrong", f"someone:{quote(PASSWORD, safe='')}", ""):
            with pytest.raises(av.HTTPUnauthorizedError):
                received(server.url("door", user_info))

    assert found == fed(camera)


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with (
        RtspServer([recorded(tmp_path, Made(frames=5))]) as server,
        pytest.raises(av.HTTPNotFoundError),
    ):
        received(server.url("cellar"))


def tls(directory: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(directory)[1])
    return context


@AT_ONCE
def test_over_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    camera = recorded(tmp_path, Made(frames=20))
    with RtspServer(
        [camera], tls=tls(tmp_path), login=Login("viewer", PASSWORD), clock=FastClock()
    ) as server:
        url = server.url("door", f"viewer:{quote(PASSWORD, safe='')}")
        assert url.startswith("rtsps://")
        assert received(url) == fed(camera)


class Gated:
    """A recorded camera whose feed stops after `frames` frames until `gate` is set."""

    def __init__(self, camera: Recorded, frames: int) -> None:
        self.name, self._camera, self._frames = camera.name, camera, frames
        self.gate = Event()

    def feed(self, clock: Clock) -> Feed:
        feed = self._camera.feed(clock)
        return Feed(feed.track, self._gated(feed.frames))

    def truth(self, time: float) -> None:
        """Unknown."""

    def _gated(self, frames: Iterator[EncodedFrame]) -> Iterator[EncodedFrame]:
        yield from islice(frames, self._frames)
        assert self.gate.wait(20)
        yield from frames


def test_two_clients_see_one_feed_and_the_second_begins_at_a_keyframe(tmp_path: Path) -> None:
    camera = recorded(tmp_path, Made(frames=75, gop=10))
    gated = Gated(camera, 25)
    with (
        RtspServer([gated], clock=FastClock()) as server,
        ThreadPoolExecutor() as pool,
        av.open(server.url("door"), options=DECLARED, timeout=20) as first,
    ):
        packets = (packet for packet in first.demux(first.streams.video[0]) if packet.size)
        begun = [bytes(next(packets))]  # the feed has started before the second client comes
        second = pool.submit(received, server.url("door"), "udp")
        await_that(lambda: len(server._presentations["door"]._players) == 2)
        gated.gate.set()
        first_frames = begun + [bytes(packet) for packet in packets]
        second_frames = second.result()

    frames = fed(camera)
    assert first_frames == [frame for _, frame, _ in frames]
    assert 0 < len(second_frames) < len(frames)
    assert second_frames[0][2]
    assert [frame for _, frame, _ in second_frames] == first_frames[-len(second_frames) :]


@AT_ONCE
def test_each_camera_has_its_own_path(tmp_path: Path) -> None:
    cameras = [recorded(tmp_path, Made(frames=5 + more), f"camera-{more}") for more in range(3)]
    with RtspServer(cameras, clock=FastClock()) as server:
        assert [received(server.url(camera.name)) for camera in cameras] == [*map(fed, cameras)]


@AT_ONCE
def test_a_feed_that_has_ended_begins_anew_with_the_next_client(tmp_path: Path) -> None:
    camera = recorded(tmp_path, Made(frames=10))
    with RtspServer([camera], clock=FastClock()) as server:
        assert received(server.url("door")) == received(server.url("door")) == fed(camera)


def test_a_simulated_camera_sends_what_it_draws() -> None:
    with RtspServer([SimulatedCamera("door")], clock=FastClock()) as server:
        with av.open(server.url("door"), options=DECLARED, timeout=20) as container:
            pictures = [*islice(container.decode(video=0), 3)]
        assert [(picture.width, picture.height) for picture in pictures] == [(854, 480)] * 3


class Torrent:
    """Frames faster than a client that does not read accepts them."""

    name = "door"
    frames = 1500
    size = 20_000

    def feed(self, clock: Clock) -> Feed:
        data = self.size.to_bytes(4, "big") + b"\x65" + bytes(range(1, 251)) * (self.size // 250)
        data = data[: self.size + 4]
        start = round(clock() * 1000)
        track = SimulatedCamera("door").feed(clock).track
        return Feed(track, (EncodedFrame(start + time, data, True) for time in range(self.frames)))

    def truth(self, time: float) -> None:
        """Unknown."""


@AT_ONCE
def test_a_client_that_does_not_read_is_cut_and_holds_nobody_up() -> None:
    torrent = Torrent()
    assert torrent.frames * torrent.size > 10 * MAX_BUFFERED_BYTES
    with RtspServer([torrent]) as server, client(server.port) as hung:
        hung.say("SETUP", "door/trackID=0", Transport=TCP)
        session = hung.answer().headers["session"].partition(";")[0]
        hung.say("PLAY", Session=session)
        assert hung.answer().status == 200  # from now on it reads nothing
        with client(server.port) as other:
            other.playing()
            ends = 0
            while b"\x81\xcb" not in (packet := other.frame()[1])[-8:]:  # RTCP's BYE
                ends += packet[1] == 0x80 | PAYLOAD_TYPE  # marked: the last packet of a frame
                other.frames.clear()
        taken = len(hung.rest())

    assert ends > torrent.frames / 2
    assert taken < torrent.frames * torrent.size


class Failing:
    """Opens `openings` times; each feed gives one frame, and then what `then` raises."""

    name = "door"

    def __init__(self, openings: int, then: Callable[[], Iterator[EncodedFrame]] = lambda: iter(())) -> None:
        self._openings = chain(repeat(True, openings), repeat(False))
        self._then = then

    def feed(self, clock: Clock) -> Feed:
        if not next(self._openings):
            raise UnopenableVideo("video door.mp4 cannot be read: it is gone")
        feed = SimulatedCamera("door").feed(clock)
        return Feed(feed.track, chain(islice(feed.frames, 1), self._then()))

    def truth(self, time: float) -> None:
        """Unknown."""


def broken_off() -> Iterator[EncodedFrame]:
    def damaged() -> EncodedFrame:
        raise UnopenableVideo("video door.mp4 cannot be read: it is damaged")

    return iter(damaged, None)


@AT_ONCE
def test_a_camera_that_breaks_off_ends_its_stream_and_is_named() -> None:
    with RtspServer([Failing(1, broken_off)], clock=FastClock()) as server:
        assert len(received(server.url("door"))) == 1
        with pytest.raises(av.HTTPServerError):
            received(server.url("door"))

    assert [(error.camera, error.sentence) for error in server.errors] == [
        ("door", "video door.mp4 cannot be read: it is damaged"),
        ("door", "video door.mp4 cannot be read: it is gone"),
    ]


def test_a_camera_that_cannot_be_opened_stops_the_start(tmp_path: Path) -> None:
    server = RtspServer([VideoSource("door", str(tmp_path / "none.mp4"))])
    with pytest.raises(UnopenableVideo, match=r"none\.mp4 cannot be read"):
        server.start()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    camera = recorded(tmp_path, Made(frames=5))
    with RtspServer([camera]) as server:
        other = RtspServer([camera], port=server.port)
        with pytest.raises(PortInUse, match=f"port {server.port} of"):
            other.start()


def test_before_the_start_there_is_no_port() -> None:
    with pytest.raises(OccupancyError, match="start it first"):
        _ = RtspServer([]).port


def test_stopped_while_it_plays_and_a_second_time() -> None:
    server = RtspServer([SimulatedCamera("door")], clock=FastClock())
    server.start()
    with client(server.port) as rtsp:
        rtsp.playing()
        server.stop()
        assert rtsp.rest() is not None
    server.stop()


def test_the_password_is_in_no_representation() -> None:
    assert PASSWORD not in repr(Login("viewer", PASSWORD))
