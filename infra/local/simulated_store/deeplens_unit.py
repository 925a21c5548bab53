"""A DeepLens unit in the simulated store: its own code in a process of its own, into the frame bucket.

Only its library `awscam` is ours (`unit_library/`): it shows a simulated view, whose truth is known.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from infra.local.simulated_store.cameras.errors import PublishingError, RecentErrors
from infra.local.simulated_store.process import Program, StoreProcess
from infra.local.simulated_store.scene.plan import Plan
from infra.local.simulated_store.sender import Sender

LIBRARY = Path(__file__).parent / "unit_library"
STOP_SECONDS = 10.0
"""How long a stop waits: the unit takes 5 s at most to send what still waits."""
_DELIVERS = "the first frame is in the bucket"
"""What the unit logs (`deeplens/upload.py`)."""


@dataclass(frozen=True)
class SimulatedUnit:
    """A unit in the store. The same name and seed show the same people as a `SimulatedCamera`'s do."""

    name: str
    seed: int = 0

    def truth(self, time: float) -> int:
        """How many people are in full view at `time` (seconds since the epoch)."""
        return Plan(self.name, self.seed).truth(time)


class UnitProcess(Sender):
    """Runs a unit from `start` to `stop`, or inside a `with`; it finds S3 by the environment, as all do."""

    def __init__(self, unit: SimulatedUnit, bucket: str, sample_every: int) -> None:
        self._unit, self._bucket, self._sample_every = unit, bucket, sample_every
        self._errors = RecentErrors()
        self._delivers = Event()
        self._parts = ExitStack()

    @property
    def silent(self) -> Sequence[str]:
        """The unit, until a frame has arrived in the bucket."""
        return [] if self._delivers.is_set() else [self._unit.name]

    @property
    def errors(self) -> list[PublishingError]:
        """What the unit warned of, oldest first."""
        return self._errors.latest()

    def start(self) -> None:
        """Switch it on."""
        with ExitStack() as parts:
            folder = parts.enter_context(TemporaryDirectory(prefix="deeplens-unit-"))
            program = Program(
                [sys.executable, "-m", "deeplens"], self._environment(Path(folder)), STOP_SECONDS
            )
            parts.enter_context(StoreProcess(program, self._hear, self._end))
            self._parts = parts.pop_all()

    def stop(self) -> None:
        """Switch it off, as a shutdown does; returns when what it had taken has left, or cannot."""
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

    def _hear(self, line: str) -> None:
        level, _, said = line.partition(" ")
        if said == _DELIVERS:
            self._delivers.set()
        elif level != "INFO":
            self._errors.add(self._unit.name, said if level == "WARNING" else line)

    def _end(self, code: int) -> None:
        self._errors.add(self._unit.name, f"the unit ended with {code}")
