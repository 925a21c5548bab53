"""The demo: a simulated store in the local cloud, shown live, with a verdict at the end."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3

from counter.rows.occupancy import RowKey
from infra.capacity.rates import rate_for
from infra.local.cloud import LocalCloud
from infra.local.demo.faults import fault
from infra.local.demo.late_frame import LATE_CAMERA, LateFinding, late_frame
from infra.local.demo.report_page import report_page
from infra.local.demo.score import Score, score
from infra.local.demo.senders import senders
from infra.local.demo.settings import STORE, Settings, Shown
from infra.local.demo.snapshot import Backlog, Snapshot, gather
from infra.local.demo.stored_history import read_line
from infra.local.demo.verdict import broken, compared
from infra.local.demo.watch import Watch
from infra.local.lambdas.runner import Runner
from infra.local.past.request import fulfil
from infra.local.simulated_store.cameras.errors import PublishingError
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera
from ingest.errors import OccupancyError
from ingest.frames.keys import FrameKey
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.times import to_text, whole_millis

FIRST_VIDEO = 30.0  # s until every camera must have delivered video
AFTER_END = 1.0  # s for which video continues, so that the last instants have their keyframes
REST = 75.0  # s without a new row; the pull waits 60 s for the fragment that should follow


class NoVideo(OccupancyError):
    """A camera that delivers nothing."""


Show = Callable[[Snapshot], None]


def run(settings: Settings, show: Show) -> Snapshot:
    """Run the whole demo, from an empty cloud to the verdict.

    Ctrl-C ends the counting, and the verdict follows; before the first instant and after the counting it is a
    KeyboardInterrupt. Raises NoVideo, PortInUse, and what the local cloud raises.
    """
    with ExitStack() as parts:
        show(Snapshot("starting the local cloud"))
        parts.enter_context(fault(settings.fault))
        parameters = {"DetectLabelsPerSecond": str(_rate(settings))}
        cloud = parts.enter_context(
            LocalCloud(
                settings.detector,
                port=settings.port,
                parameters=parameters,
                tell=lambda what: show(Snapshot(what)),
            )
        )
        if settings.past is not None:
            fulfil(settings.past, cloud.stack.outputs, _now(), lambda what: show(Snapshot(what)))
        return _Demo(settings, cloud, show).run()


def _rate(settings: Settings) -> int:
    """At least twice what the cameras need: there is no account's quota here."""
    return rate_for(max(10, 2 * len(settings.shown) / settings.sample_every))


class _Demo:
    """One run in a cloud that has started."""

    def __init__(self, settings: Settings, cloud: LocalCloud, show: Show) -> None:
        self._settings, self._cloud, self._show = settings, cloud, show
        outputs = cloud.stack.outputs
        self._watch = Watch(outputs["OccupancyTableName"], outputs["QuarterHourTableName"])
        cloud.observe(self._watch)
        self._runner = Runner(cloud.stack, tick=settings.tick, tell=self._tell)
        self._backlog = Backlog(outputs)
        self._senders = senders(settings, outputs)
        self._cameras: list[Camera] = []
        # Every snapshot scores all rows again.
        self._truths = {camera.name: cache(camera.truth) for camera in settings.shown}

    def run(self) -> Snapshot:
        with ExitStack() as sending:
            self._register()
            for sender in self._senders:
                sending.enter_context(sender)
            self._await_video()
            self._begin()
            # Only now: no instant of the earlier video is due.
            with self._runner:
                until = self._count()
                self._show_until("ending", until + timedelta(seconds=AFTER_END), lambda: False)
                sending.close()
                due = {camera.camera_id: tuple(camera.due(camera.since, until)) for camera in self._cameras}
                self._drain([(name, instant) for name in due for instant in due[name]])
                late = self._send_late_frame()
        return self._judged(due, late, report_page(self._cloud.stack.outputs, self._cameras, until))

    def _count(self) -> datetime:
        """Count for the demo's time, or until Ctrl-C; return when that ended."""
        seconds = self._settings.seconds
        until = (
            _now() + timedelta(seconds=seconds) if seconds is not None else datetime.max.replace(tzinfo=UTC)
        )
        try:
            self._show_until("counting", until, lambda: False)
        except KeyboardInterrupt:
            until = _now()
            if not any(any(camera.due(camera.since, until)) for camera in self._cameras):
                raise
        return until

    def _register(self) -> None:
        """Register the cameras before anything is sent: a gateway reads its cameras from the registry."""
        settings, sampling = self._settings, Sampling(sample_every=self._settings.sample_every)
        for name in (camera.name for camera in settings.shown):
            source, mode = settings.source(name), settings.mode(name)
            camera = Camera(
                name, STORE, _now(), source, mode=mode, sampling=sampling, repeats=settings.repeats(name)
            )
            self._cloud.registry.add(camera)

    def _await_video(self) -> None:
        def silent() -> list[str]:
            return [name for sender in self._senders for name in sender.silent]

        until = _now() + timedelta(seconds=FIRST_VIDEO)
        self._show_until("waiting for video", until, lambda: not silent())
        if names := silent():
            errors = (error.sentence for error in self._errors() if error.camera in {names[0], ""})
            why = next(errors, "no reason given")
            raise NoVideo(f"camera {names[0]!r} delivered no video in {FIRST_VIDEO:g} s: {why}")

    def _begin(self) -> None:
        """Set the cameras' first moment to now, so that no instant before the first video is due."""
        now = _now()
        for name in (camera.name for camera in self._settings.shown):
            registered = self._cloud.registry.get(name)
            camera = replace(registered.camera, since=now)
            self._cloud.registry.change(registered, camera, now)
            self._cameras.append(camera)

    def _drain(self, due: Sequence[RowKey]) -> None:
        """Wait for the rows, then for the invocations and the queues, in the order of the flow."""
        self._await_rows(due)
        self._runner.stop_ticking()
        # The backlog is complete only once no schedule adds to it.
        self._show_until(
            "waiting for the queues to empty",
            _now() + timedelta(seconds=REST),
            lambda: not self._runner.ticking and not self._backlog.waiting().anything,
        )

    def _send_late_frame(self) -> LateFinding:
        """Write yesterday's day file, count a frame of yesterday, and write the file again."""
        unit, outputs = SnapshotCamera(LATE_CAMERA), self._cloud.stack.outputs
        frame = late_frame(_now(), STORE, unit.truth)
        name, picture = frame.camera.camera_id, unit.picture(frame.instant.timestamp())

        def line() -> Mapping[str, Any] | None:
            return read_line(outputs, frame.day.isoformat(), STORE, name)

        def is_counted() -> bool:
            counted = any(row.count is not None for row in self._watch.rows_of(name))
            return counted and not self._backlog.waiting().anything

        self._cloud.registry.add(frame.camera)
        self._close("writing yesterday's history")
        before = line()
        key = FrameKey(name, frame.instant, frame.instant)
        boto3.client("s3").put_object(Bucket=outputs["FrameBucketName"], Key=str(key), Body=picture)
        self._show_until("counting a late frame of yesterday", _now() + timedelta(seconds=REST), is_counted)
        self._close("writing yesterday's history again")
        return LateFinding(frame, self._watch.rows_of(name), before, line())

    def _close(self, what: str) -> None:
        """Run the closing now: its schedule ticks only every quarter hour."""
        self._show(self._snapshot(what))
        self._runner.invoke("ClosingFunction", {"time": to_text(_now())})

    def _await_rows(self, due: Sequence[RowKey]) -> None:
        """Wait until all rows exist, or no new one comes: then the verdict names the missing ones."""

        def fewer_than(number: int) -> Callable[[], bool]:
            return lambda: len(self._watch.missing(due)) < number

        what, missing = "waiting for the last rows; Ctrl-C ends without a verdict", len(due) + 1
        while 0 < (now_missing := len(self._watch.missing(due))) < missing:
            missing = now_missing
            self._show_until(what, _now() + timedelta(seconds=REST), fewer_than(missing))

    def _show_until(self, what: str, until: datetime, done: Callable[[], bool]) -> None:
        """Show snapshots until a time, or until `done`."""
        while _now() < until and not done():
            self._show(self._snapshot(what))
            time.sleep(self._settings.refresh)

    def _tell(self, what: str) -> None:
        self._show(self._snapshot(what))

    def _snapshot(self, what: str) -> Snapshot:
        return Snapshot(
            what,
            tuple(self._score(camera) for camera in self._settings.shown),
            tuple(self._watch.freshness({camera.name for camera in self._settings.shown})),
            self._backlog.waiting(),
            tuple(map(str, self._errors())),
            modes={camera.name: self._settings.shown_mode(camera.name) for camera in self._settings.shown},
        )

    def _errors(self) -> list[PublishingError]:
        return [error for sender in self._senders for error in sender.errors]

    def _score(self, camera: Shown) -> Score:
        rows, roll_ups = self._watch.rows_of(camera.name), self._watch.roll_ups_of(camera.name)
        return score(camera.name, rows, self._truths[camera.name], roll_ups)

    def _judged(self, due: Mapping[str, Sequence[datetime]], late: LateFinding, page: str) -> Snapshot:
        unfinished = [f"{name} was still running when the demo ended" for name in self._runner.unfinished]
        failures = [*map(str, self._runner.failures), *unfinished]
        evidence = gather(self._cloud, self._cameras, due, failures, late)
        end = replace(self._snapshot("done"), broken=tuple(broken(evidence)), compared=compared(evidence))
        return replace(end, page=page)


def _now() -> datetime:
    return whole_millis(datetime.now(UTC))
