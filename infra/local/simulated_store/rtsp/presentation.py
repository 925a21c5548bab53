"""One camera's feed, packetized once and sent to all who play it."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread

from infra.local.simulated_store.cameras.media import Clock, EncodedFrame, Feed, StoreCamera, UnopenableVideo
from infra.local.simulated_store.rtsp.packetizing import PacketizedFrame, Packetizer
from infra.local.simulated_store.rtsp.transports import Transport
from ingest.kvs.video import Track

STOP_SECONDS = 10.0
"""How long a stop waits for a feed that gives nothing."""
BYE_SECONDS = 0.2
"""After the last frame, which it must not overtake on its way through another port."""

Begin = Callable[[int, int], None]
"""Told the sequence number and the timestamp of the first packet, just before it is sent."""


class Player:
    """One client's PLAY. `refused` is called where the feed ends before it has begun."""

    def __init__(self, transport: Transport, begin: Begin, refused: Callable[[], None]) -> None:
        self.transport, self.begin, self.refused = transport, begin, refused
        self.begun = False


class Presentation:
    """Plays from the first PLAY on to whoever plays it, each from a keyframe on.

    The feed's end is theirs; the next PLAY has the camera begin a new one. `track`, `join` and `stop` are for
    any thread, all else belongs to the loop. `failed` is told why a feed cannot be read.
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
        """The camera's, which is its path."""
        return self._camera.name

    def track(self) -> Track:
        """What the feed gives; it is opened for that, which may take its time. Raises UnopenableVideo."""
        return self._opened().track

    def add(self, player: Player) -> None:
        """Send to it from the next keyframe on."""
        self._players.add(player)
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = Thread(target=self._run, args=(loop,), name=f"rtsp-{self.name}", daemon=True)
            self._thread.start()

    def remove(self, player: Player) -> None:
        """Send it nothing more."""
        self._players.discard(player)

    def stop(self) -> None:
        """Begin nothing more, and end soon."""
        self._stopping.set()

    def join(self) -> None:
        """Return when it has ended, or gives no sign."""
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
            if not player.begun and frame.keyframe:
                player.begun = True
                player.begin(*frame.first)
            if player.begun:
                player.transport.send(frame)

    def _end(self, bye: PacketizedFrame) -> None:
        players, self._players, self._thread = self._players, set(), None
        for player in players:
            if player.begun:
                player.transport.send(bye)
            else:
                player.refused()


def paced(frames: Iterator[EncodedFrame], clock: Clock, stopping: Event) -> Iterator[EncodedFrame]:
    """Frames at their times until `stopping`; all later by as much as the first one comes too late."""
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
    loop: asyncio.AbstractEventLoop, told: Callable[[PacketizedFrame], None], frame: PacketizedFrame
) -> None:
    """From the feed's thread; a loop that is closed has nobody left to send to."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(told, frame)
