"""The feed of a camera, packetized once and sent to all players."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread

from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed, StoreCamera, UnopenableVideo
from infra.local.simulated_store.rtsp.packetizing import PacketizedFrame, Packetizer
from infra.local.simulated_store.rtsp.transports import Transport
from ingest.kvs.video import Track

STOP_SECONDS = 10.0
"""How long a stop waits for a feed without frames."""
BYE_SECONDS = 0.2
"""The delay of the BYE after the last frame: over UDP it uses another port and must not overtake it."""

Started = Callable[[int, int], None]
"""Called with the sequence number and timestamp of the first packet, just before it is sent."""


class Player:
    """The PLAY of a client. `ended_early` is called if the feed ends before the first frame is sent."""

    def __init__(self, transport: Transport, started: Started, ended_early: Callable[[], None]) -> None:
        self.transport, self.started, self.ended_early = transport, started, ended_early
        self.is_playing = False


class Presentation:
    """Starts its feed with the first PLAY and sends it to all players, to each from a keyframe on.

    When the feed ends, all players end; the next PLAY opens a new feed. Any thread may call `track`, `join`
    and `stop`; everything else belongs to the event loop. `failed` is called with the name of the camera and
    the reason if its feed cannot be read.
    """

    def __init__(self, camera: StoreCamera, clock: Clock, failed: Callable[[str, str], None]) -> None:
        self._camera, self._clock, self._failed = camera, clock, failed
        self._lock = Lock()
        self._feed: Feed | None = None
        self._players: set[Player] = set()
        self._stopping = Event()
        self._thread: Thread | None = None

    @property
    def name(self) -> str:
        """The name of the camera, which is the path."""
        return self._camera.name

    def track(self) -> Track:
        """The track of the feed, which is opened if necessary. Raises UnopenableVideo."""
        return self._opened().track

    def add(self, player: Player) -> None:
        """Send to this player from the next keyframe on."""
        self._players.add(player)
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = Thread(target=self._run, args=(loop,), name=f"rtsp-{self.name}", daemon=True)
            self._thread.start()

    def remove(self, player: Player) -> None:
        """Stop sending to this player."""
        self._players.discard(player)

    def stop(self) -> None:
        """End the feed soon."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the end of the feed, at most STOP_SECONDS."""
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _opened(self) -> Feed:
        with self._lock:
            if self._feed is None:
                try:
                    self._feed = self._camera.feed(self._clock)
                except UnopenableVideo as error:
                    self._failed(self.name, str(error))
                    raise
            return self._feed

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        bye = None
        try:
            feed = self._opened()
            packetizer = Packetizer(feed.track)
            bye = packetizer.close
            for frame in paced(feed.frames, self._clock, self._stopping):
                _call(loop, self._send, packetizer.packetize(frame))
            self._stopping.wait(BYE_SECONDS)
        except UnopenableVideo as error:
            self._failed(self.name, str(error))
        finally:
            with self._lock:
                self._feed = None
            _call(loop, self._end, bye() if bye else PacketizedFrame(False, []))

    def _send(self, frame: PacketizedFrame) -> None:
        for player in tuple(self._players):
            if not player.is_playing and frame.keyframe:
                player.is_playing = True
                player.started(*frame.first)
            if player.is_playing:
                player.transport.send(frame)

    def _end(self, bye: PacketizedFrame) -> None:
        players, self._players, self._thread = self._players, set(), None
        for player in players:
            if player.is_playing:
                player.transport.send(bye)
            else:
                player.ended_early()


def paced(frames: Iterator[EncodedFrame], clock: Clock, stopping: Event) -> Iterator[EncodedFrame]:
    """Frames at their times until `stopping`. If the first one is late, all are delayed by the same time."""
    late = None
    for frame in frames:
        if stopping.is_set():
            return
        if late is None:
            late = max(0.0, clock() - frame.time_ms / 1000)
        early = frame.time_ms / 1000 + late - clock()
        if early > 0 and stopping.wait(early):
            return
        yield frame


def _call(
    loop: asyncio.AbstractEventLoop, callback: Callable[[PacketizedFrame], None], frame: PacketizedFrame
) -> None:
    """Call `callback` in the loop, from the thread of the feed; a closed loop has no players left."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(callback, frame)
