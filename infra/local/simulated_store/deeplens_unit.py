"""A simulated DeepLens unit: the real code in its own process, uploading to the frame bucket.

Only the library `awscam` is replaced (`unit_library/`): it shows a simulated scene, whose truth is known.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import floor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from infra.local.simulated_store.cameras.errors import PublishingError, RecentErrors
from infra.local.simulated_store.process import Program, StoreProcess
from infra.local.simulated_store.scene.plan import Plan
from infra.local.simulated_store.sender import Sender

LIBRARY = Path(__file__).parent / "unit_library"
STOP_SECONDS = 10.0
"""How long a stop waits. The unit needs at most 5 s to upload its waiting frames."""
_FIRST_UPLOAD = "the first frame is in the bucket"
"""The log line of the unit after its first upload (`deeplens/upload.py`)."""


@dataclass(frozen=True)
class SimulatedUnit:
    """A unit in the store. With the same name and seed it shows the same people as a `SimulatedCamera`."""

    name: str
    seed: int = 0

    def truth(self, time: float) -> int:
        """The number of people in its picture at `time` (seconds since the epoch).

        The picture changes at each whole second, so a busy machine may be late by most of a second.
        """
        return Plan(self.name, self.seed).truth(floor(time))


class UnitProcess(Sender):
    """Runs a unit from `start` to `stop`, or inside a `with`. It finds S3 through the environment."""

    def __init__(self, unit: SimulatedUnit, bucket: str, sample_every: int) -> None:
        self._unit, self._bucket, self._sample_every = unit, bucket, sample_every
        self._errors = RecentErrors()
        self._delivering = Event()
        self._parts = ExitStack()

    @property
    def silent(self) -> Sequence[str]:
        """The name of the unit until a frame has arrived in the bucket."""
        return [] if self._delivering.is_set() else [self._unit.name]

    @property
    def errors(self) -> list[PublishingError]:
        """The warnings of the unit, oldest first."""
        return self._errors.latest()

    def start(self) -> None:
        """Start the unit."""
        with ExitStack() as parts:
            folder = parts.enter_context(TemporaryDirectory(prefix="deeplens-unit-"))
            program = Program(
                [sys.executable, "-m", "deeplens"], self._environment(Path(folder)), STOP_SECONDS
            )
            parts.enter_context(StoreProcess(program, self._read_log, self._report_exit))
            self._parts = parts.pop_all()

    def stop(self) -> None:
        """Shut the unit down; returns when its frames are uploaded or cannot be."""
        self._parts.close()

    def _environment(self, folder: Path) -> dict[str, str]:
        path = [str(LIBRARY), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "PYTHONPATH": os.pathsep.join(path),
            "SIMULATED_CAMERA": self._unit.name,
            "SIMULATED_SEED": str(self._unit.seed),
            "OCCUPANCY_BUCKET": self._bucket,
            "OCCUPANCY_CAMERA_ID": self._unit.name,
            "OCCUPANCY_SAMPLE_EVERY": str(self._sample_every),
            "OCCUPANCY_SPOOL": str(folder),
            "OCCUPANCY_DISPLAY": "off",
        }

    def _read_log(self, line: str) -> None:
        level, _, message = line.partition(" ")
        if message == _FIRST_UPLOAD:
            self._delivering.set()
        elif level != "INFO":
            self._errors.add(self._unit.name, message if level == "WARNING" else line)

    def _report_exit(self, code: int) -> None:
        self._errors.add(self._unit.name, f"the unit exited with code {code}")
