"""The demo: a simulated store in the local cloud, watched live, and judged at its end."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import boto3
from botocore.credentials import ReadOnlyCredentials

from counter.table import RowKey
from infra.local.at_rest import Backlog, Waiting, gather
from infra.local.cloud import CREDENTIALS, LocalCloud
from infra.local.faults import fault
from infra.local.rekognition.detection import Detector
from infra.local.runner import Runner
from infra.local.score import Score, score
from infra.local.store.deeplens_unit import SimulatedUnit, UnitProcess
from infra.local.store.media import StoreCamera
from infra.local.store.publisher import Destination, PublishingError, StorePublisher
from infra.local.verdict import broken
from infra.local.watch import Watch
from ingest.cameras import Camera, Mode, Source
from ingest.errors import OccupancyError
from ingest.sampling import Sampling
from ingest.times import whole_millis

STORE = "demo"
LOOK = 1.0  # s between two looks at how things stand
FIRST_VIDEO = 30.0  # s until every camera must have delivered
AFTER_END = 1.0  # s that video goes on, so that the last instants have their keyframes
REST = 75.0  # s for what is on its way; the pull waits 60 s for video that should have followed
RETENTION_HOURS = 24
NOT_YET = timedelta(days=1)  # until a unit's first moment, before it is known


class NoVideo(OccupancyError):
    """A camera that delivers nothing."""


@dataclass(frozen=True)
class Settings:
    """What the demo shows. `seconds` None: until Ctrl-C; `port` 0: any.

    `modes` says how a camera's stream is read, by its name; the others in mode `auto`. A stream that is read
    in mode `media` keeps nothing.
    """

    cameras: Sequence[StoreCamera]
    detector: Detector
    modes: Mapping[str, Mode] = field(default_factory=dict)
    units: Sequence[SimulatedUnit] = ()
    sample_every: int = 2
    tick: timedelta = timedelta(seconds=2)
    seconds: float | None = None
    port: int = 0
    fault: str | None = None

    @property
    def shown(self) -> Sequence[StoreCamera | SimulatedUnit]:
        """All that is counted, in the order in which it is shown."""
        return [*self.cameras, *self.units]

    def way(self, name: str) -> str:
        """How that camera's frames come."""
        return Source.PUSH if name in {unit.name for unit in self.units} else self.mode(name)

    def mode(self, name: str) -> Mode:
        """How that camera's stream is read."""
        return self.modes.get(name, Mode.AUTO)


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
        self._publisher = _publisher(settings)
        self._units = [
            UnitProcess(unit, outputs["FrameBucketName"], settings.sample_every) for unit in settings.units
        ]
        self._cameras: list[Camera] = []
        # Every look scores all rows again.
        self._truths = {camera.name: cache(camera.truth) for camera in settings.shown}

    def run(self) -> Standing:
        with self._runner:
            self._announce_units()
            with self._publisher, ExitStack() as units:
                for unit in self._units:
                    units.enter_context(unit)
                self._await_video()
                self._register()
                until = self._count()
                self._go_on("ending", until + timedelta(seconds=AFTER_END), lambda: False)
            due = {camera.camera_id: tuple(camera.due(camera.since, until)) for camera in self._cameras}
            self._come_to_rest([(name, instant) for name, instants in due.items() for instant in instants])
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

    def _announce_units(self) -> None:
        """Before they send: frames of an unknown camera are dead letters. Nothing of theirs is due yet."""
        sampling = Sampling(sample_every=self._settings.sample_every)
        for unit in self._settings.units:
            later = _now() + NOT_YET
            self._cloud.registry.add(
                Camera(unit.name, STORE, since=later, source=Source.PUSH, sampling=sampling)
            )

    def _await_video(self) -> None:
        def silent() -> list[str]:
            cameras = [name for name, fragments in self._publisher.received.items() if not fragments]
            return cameras + [unit.name for unit in self._units if not unit.delivers]

        until = _now() + timedelta(seconds=FIRST_VIDEO)
        self._go_on("waiting for video", until, lambda: not silent())
        if names := silent():
            why = next((e.sentence for e in self._errors() if e.camera == names[0]), "no reason given")
            raise NoVideo(f"camera {names[0]!r} delivered no video in {FIRST_VIDEO:g} s: {why}")

    def _register(self) -> None:
        """Only now, so that nothing was due before there was video."""
        sampling = Sampling(sample_every=self._settings.sample_every)
        self._cameras = [
            Camera(name, STORE, since=_now(), sampling=sampling, mode=self._settings.mode(name))
            for name in (camera.name for camera in self._settings.cameras)
        ]
        for camera in self._cameras:
            self._cloud.registry.add(camera)
        for unit in self._settings.units:
            announced = self._cloud.registry.get(unit.name)
            now = _now()
            camera = replace(announced.camera, since=now)
            self._cloud.registry.change(announced, camera, now)
            self._cameras.append(camera)

    def _come_to_rest(self, due: Sequence[RowKey]) -> None:
        """Wait for the rows, then let what still runs end, in the order of the flow."""
        until = _now() + timedelta(seconds=REST)
        self._go_on(
            "waiting for the last rows; Ctrl-C ends without a verdict",
            until,
            lambda: not self._watch.missing(due),
        )
        self._runner.stop_ticking()
        # The backlog is the whole of it only once no schedule adds to it.
        self._go_on(
            "coming to rest",
            until,
            lambda: not self._runner.ticking and not self._backlog.waiting().anything,
        )

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
            tuple(f"camera {error.camera}: {error.sentence}" for error in self._errors()),
            ways={camera.name: self._settings.way(camera.name) for camera in self._settings.shown},
        )

    def _errors(self) -> list[PublishingError]:
        return [*self._publisher.errors, *(error for unit in self._units for error in unit.errors)]

    def _score(self, camera: StoreCamera | SimulatedUnit) -> Score:
        rows, roll_ups = self._watch.rows_of(camera.name), self._watch.roll_ups_of(camera.name)
        return score(camera.name, rows, self._truths[camera.name], roll_ups)

    def _broken(self, due: Mapping[str, Sequence[datetime]]) -> list[str]:
        unfinished = [f"{name} had not ended when the demo did" for name in self._runner.unfinished]
        failures = [*map(str, self._runner.failures), *unfinished]
        return broken(gather(self._cloud, self._cameras, due, failures))


def _publisher(settings: Settings) -> StorePublisher:
    """The store's gateway; each camera gets a stream of its name."""
    kinesisvideo, cameras = boto3.client("kinesisvideo"), settings.cameras
    for camera in cameras:
        retention = 0 if settings.mode(camera.name) is Mode.MEDIA else RETENTION_HOURS
        kinesisvideo.create_stream(
            StreamName=camera.name, DataRetentionInHours=retention, MediaType="video/h264"
        )
    ((access_key, secret),) = CREDENTIALS.items()
    return StorePublisher(cameras, Destination(kinesisvideo, ReadOnlyCredentials(access_key, secret, None)))


def _now() -> datetime:
    return whole_millis(datetime.now(UTC))
