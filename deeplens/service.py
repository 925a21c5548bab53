"""All of the unit's work in parallel threads: capture, upload, display, status. None waits for another."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path
from random import Random
from threading import Event
from typing import Callable

import boto3
from dateutil import tz

from deeplens.camera.capture import Capture
from deeplens.camera.device import choose
from deeplens.camera.display import Display
from deeplens.camera.sampler import Sampler
from deeplens.common.hours import ALWAYS
from deeplens.common.settings import Settings
from deeplens.common.status_log import StatusLog
from deeplens.mqtt import Mqtt
from deeplens.registry import Registry
from deeplens.spool import Spool
from deeplens.status import HOUR, Publish, Reporter, to_log
from deeplens.upload import PATIENCE, Uploader, s3_client

MB = 1_000_000
GLANCE = 1.0
"""Seconds between two steps of the reporters."""
FAREWELL = 5.0
"""Seconds after the stop signal in which waiting frames can still be sent."""


class Service:
    """The service of one camera, from `run` until `stopping`. Raises UnitError if it cannot start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.status_log = StatusLog()
        self.stopping = Event()
        self._s3 = s3_client()
        camera = choose(settings.device)
        self._spool = Spool(
            Path(settings.spool) / settings.camera_id, settings.spool_mb * MB, self.status_log
        )
        sampler = Sampler(settings.sample_every, opened_by(settings))
        self._capture = Capture(camera.read, sampler, settings.jpeg_quality, self._spool.put, self.status_log)
        self._display: Display | None = None
        if settings.display:
            fifo = Path(settings.display_fifo)
            self._display = Display(fifo, settings.display, lambda: self._capture.latest, self.status_log)

    def run(self) -> None:
        """Run until `stopping` is set, or until a part raises an unexpected error, which is raised here."""
        parts = [self._sample, self._upload, self._report]
        if self._display:
            parts.append(self._show)
        with ThreadPoolExecutor(len(parts)) as threads:
            running = [threads.submit(part) for part in parts]
            wait(running, return_when=FIRST_EXCEPTION)
            self.stopping.set()
        self._spool.close()
        for part in running:
            part.result()

    def _sample(self) -> None:
        pause = 0.0
        while not self.stopping.wait(pause):
            self._capture.sample(time.time)
            pause = self._capture.pause(time.time(), bool(self._display and self._display.watched))

    def _upload(self) -> None:
        uploader = Uploader(self._s3, self._settings, self._spool, self.status_log, Random())  # noqa: S311 - jitter
        pause = 0.0
        while not self.stopping.wait(pause):
            pause = uploader.step(time.time())
        until = time.monotonic() + FAREWELL
        while self._spool.waiting and time.monotonic() < until and uploader.step(time.time()) == 0.0:
            pass

    def _show(self) -> None:
        if self._display:
            self._display.run(self.stopping)

    def _report(self) -> None:
        settings = self._settings
        publishers: list[Publish] = [to_log]
        mqtt = (
            Mqtt(settings.camera_id, settings.topic, settings.iot, self.status_log) if settings.iot else None
        )
        if mqtt:
            mqtt.start()
            publishers.append(mqtt.publish)
        registry = self._registry()
        reporters = [Reporter(settings.camera_id, self.status_log, publish) for publish in publishers]
        compared = float("-inf")
        while not self.stopping.wait(GLANCE):
            if registry and time.monotonic() - compared >= HOUR:
                registry.compare()
                compared = time.monotonic()
            for reporter in reporters:
                reporter.step(time.time(), self._spool.waiting)
        if mqtt:
            mqtt.stop()

    def _registry(self) -> Registry | None:
        table = self._settings.camera_table
        if table is None:
            return None
        return Registry(boto3.client("dynamodb", config=PATIENCE), table, self._settings, self.status_log)


def opened_by(settings: Settings) -> Callable[[int], bool]:
    """Return a function that says whether the shop is open at an instant, in its local time."""
    zone = tz.gettz(settings.time_zone)

    @lru_cache(maxsize=64)
    def is_open(minute: int) -> bool:
        local = datetime.fromtimestamp(minute * 60, timezone.utc).astimezone(zone)
        return settings.opening_hours.is_open(local.weekday(), local.hour * 60 + local.minute)

    return lambda instant: settings.opening_hours == ALWAYS or is_open(instant // 60)
