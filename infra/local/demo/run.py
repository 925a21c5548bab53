"""The demo: a simulated store in the local cloud, watched live, and judged at its end."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

from counter.rows.occupancy import RowKey
from infra.local.cloud import LocalCloud
from infra.local.demo.faults import fault
from infra.local.demo.score import Score, score
from infra.local.demo.senders import senders
from infra.local.demo.settings import STORE, Settings, Shown
from infra.local.demo.snapshot import Backlog, Waiting, gather
from infra.local.demo.verdict import broken
from infra.local.demo.watch import Watch
from infra.local.lambdas.runner import Runner
from infra.local.simulated_store.cameras.errors import PublishingError
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.times import whole_millis

LOOK = 1.0  # s between two looks at how things stand
FIRST_VIDEO = 30.0  # s until every camera must have delivered
AFTER_END = 1.0  # s that video goes on, so that the last instants have their keyframes
REST = 75.0  # s without a new row; the pull waits 60 s for video that should have followed


class NoVideo(OccupancyError):
    """A camera that delivers nothing."""


@dataclass(frozen=True)
class Standing:
    """How things stand at one moment, or at the end; `broken` has a sentence for each broken guarantee.

    `ways` says by camera how its frames come.
    """

    what: str
    scores: tuple[Score, ...] = ()
    freshness: tuple[timedelta, ...] = ()
    waiting: Waiting = field(default_factory=Waiting)
    warnings: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    ways: Mapping[str, str] = field(default_factory=dict)


Show = Callable[[Standing], None]


def run(settings: Settings, show: Show) -> Standing:
    """The whole demo, from an empty cloud to the verdict.

    Ctrl-C ends its time, not its verdict; before the first instant and after that time it is a
    KeyboardInterrupt. Raises NoVideo, PortInUse, and what the local cloud raises.
    """
    with ExitStack() as parts:
        show(Standing("starting the local cloud"))
        parts.enter_context(fault(settings.fault))
        parameters = {"DetectLabelsPerSecond": str(_rate(settings))}
        cloud = parts.enter_context(
            LocalCloud(
                settings.detector,
                port=settings.port,
                parameters=parameters,
                tell=lambda what: show(Standing(what)),
            )
        )
        return _Demo(settings, cloud, show).run()


def _rate(settings: Settings) -> int:
    """Twice what the cameras need: no account's quota has to be kept here."""
    return max(10, 4 * len(settings.shown) // settings.sample_every)


class _Demo:
    """One run in a cloud that stands."""

    def __init__(self, settings: Settings, cloud: LocalCloud, show: Show) -> None:
        self._settings, self._cloud, self._show = settings, cloud, show
        outputs = cloud.stack.outputs
        self._watch = Watch(outputs["OccupancyTableName"], outputs["QuarterHourTableName"])
        cloud.observe(self._watch)
        self._runner = Runner(cloud.stack, tick=settings.tick, tell=self._tell)
        self._backlog = Backlog(outputs)
        self._senders = senders(settings, outputs)
        self._cameras: list[Camera] = []
        # Every look scores all rows again.
        self._truths = {camera.name: cache(camera.truth) for camera in settings.shown}

    def run(self) -> Standing:
        with ExitStack() as sending:
            self._register()
            for sender in self._senders:
                sending.enter_context(sender)
            self._await_video()
            self._begin()
            # Only now: of the video that was there before, nothing is due.
            with self._runner:
                until = self._count()
                self._go_on("ending", until + timedelta(seconds=AFTER_END), lambda: False)
                sending.close()
                due = {one.camera_id: tuple(one.due(one.since, until)) for one in self._cameras}
                self._come_to_rest([(name, instant) for name in due for instant in due[name]])
        return replace(self._standing("done"), broken=tuple(self._broken(due)))

    def _count(self) -> datetime:
        """Let it run for its time, or until Ctrl-C; the end of its time."""
        seconds = self._settings.seconds
        until = (
            _now() + timedelta(seconds=seconds) if seconds is not None else datetime.max.replace(tzinfo=UTC)
        )
        try:
            self._go_on("counting", until, lambda: False)
        except KeyboardInterrupt:
            until = _now()
            if not any(any(camera.due(camera.since, until)) for camera in self._cameras):
                raise
        return until

    def _register(self) -> None:
        """Before anything is sent: a gateway asks the registry for its cameras."""
        settings, sampling = self._settings, Sampling(sample_every=self._settings.sample_every)
        for name in (camera.name for camera in settings.shown):
            source, mode = settings.source(name), settings.mode(name)
            self._cloud.registry.add(Camera(name, STORE, _now(), source, mode=mode, sampling=sampling))

    def _await_video(self) -> None:
        def silent() -> list[str]:
            return [name for sender in self._senders for name in sender.silent]

        until = _now() + timedelta(seconds=FIRST_VIDEO)
        self._go_on("waiting for video", until, lambda: not silent())
        if names := silent():
            why = next((e.sentence for e in self._errors() if e.camera in {names[0], ""}), "no reason given")
            raise NoVideo(f"camera {names[0]!r} delivered no video in {FIRST_VIDEO:g} s: {why}")

    def _begin(self) -> None:
        """The cameras' first moment is now, so that nothing was due before there was video."""
        now = _now()
        for name in (camera.name for camera in self._settings.shown):
            registered = self._cloud.registry.get(name)
            camera = replace(registered.camera, since=now)
            self._cloud.registry.change(registered, camera, now)
            self._cameras.append(camera)

    def _come_to_rest(self, due: Sequence[RowKey]) -> None:
        """Wait for the rows, then let what still runs end, in the order of the flow."""
        self._await_rows(due)
        self._runner.stop_ticking()
        # The backlog is the whole of it only once no schedule adds to it.
        self._go_on(
            "coming to rest",
            _now() + timedelta(seconds=REST),
            lambda: not self._runner.ticking and not self._backlog.waiting().anything,
        )

    def _await_rows(self, due: Sequence[RowKey]) -> None:
        """Until they are there, or none comes any more: then the verdict names those that are missing."""

        def fewer_than(number: int) -> Callable[[], bool]:
            return lambda: len(self._watch.missing(due)) < number

        what, missing = "waiting for the last rows; Ctrl-C ends without a verdict", len(due) + 1
        while 0 < (now_missing := len(self._watch.missing(due))) < missing:
            missing = now_missing
            self._go_on(what, _now() + timedelta(seconds=REST), fewer_than(missing))

    def _go_on(self, what: str, until: datetime, done: Callable[[], bool]) -> None:
        """Show how things stand until then, or until it is done."""
        while _now() < until and not done():
            self._show(self._standing(what))
            time.sleep(LOOK)

    def _tell(self, what: str) -> None:
        self._show(self._standing(what))

    def _standing(self, what: str) -> Standing:
        return Standing(
            what,
            tuple(self._score(camera) for camera in self._settings.shown),
            tuple(self._watch.freshness()),
            self._backlog.waiting(),
            tuple(map(str, self._errors())),
            ways={camera.name: self._settings.way(camera.name) for camera in self._settings.shown},
        )

    def _errors(self) -> list[PublishingError]:
        return [error for sender in self._senders for error in sender.errors]

    def _score(self, camera: Shown) -> Score:
        rows, roll_ups = self._watch.rows_of(camera.name), self._watch.roll_ups_of(camera.name)
        return score(camera.name, rows, self._truths[camera.name], roll_ups)

    def _broken(self, due: Mapping[str, Sequence[datetime]]) -> list[str]:
        unfinished = [f"{name} had not ended when the demo did" for name in self._runner.unfinished]
        failures = [*map(str, self._runner.failures), *unfinished]
        return broken(gather(self._cloud, self._cameras, due, failures))


def _now() -> datetime:
    return whole_millis(datetime.now(UTC))
