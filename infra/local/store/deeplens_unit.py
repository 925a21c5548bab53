"""A DeepLens unit in the simulated store: its own code in a process of its own, into the frame bucket.

Only its library `awscam` is ours (`unit_library/`): it shows a simulated view, whose truth is known.
"""

import os
import signal
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread

from infra.local.running import Running
from infra.local.store.plan import Plan
from infra.local.store.publisher import PublishingError

LIBRARY = Path(__file__).parent / "unit_library"
STOP_SECONDS = 10.0
"""How long a stop waits: the unit takes 5 s at most to send what still waits."""
_KEPT_ERRORS = 100
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


class UnitProcess(Running):
    """Runs a unit from `start` to `stop`, or inside a `with`; it finds S3 by the environment, as all do."""

    def __init__(self, unit: SimulatedUnit, bucket: str, sample_every: int) -> None:
        self._unit, self._bucket, self._sample_every = unit, bucket, sample_every
        self._folder: TemporaryDirectory[str] | None = None
        self._errors: deque[PublishingError] = deque(maxlen=_KEPT_ERRORS)
        self._lock = Lock()
        self._delivers = Event()
        self._process: subprocess.Popen[str] | None = None
        self._listener: Thread | None = None

    @property
    def name(self) -> str:
        """The unit's, which is its camera's in the registry."""
        return self._unit.name

    @property
    def delivers(self) -> bool:
        """Whether a frame has arrived in the bucket."""
        return self._delivers.is_set()

    @property
    def errors(self) -> list[PublishingError]:
        """What the unit warned of, oldest first."""
        with self._lock:
            return list(self._errors)

    def start(self) -> None:
        """Switch it on."""
        self._folder = TemporaryDirectory(prefix="deeplens-unit-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deeplens"],
            env=os.environ | self._environment(Path(self._folder.name)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is for whoever started us: the unit is told when its time has come.
            start_new_session=True,
        )
        self._listener = Thread(target=self._listen, name=f"unit-{self._unit.name}", daemon=True)
        self._listener.start()

    def stop(self) -> None:
        """Switch it off, as a shutdown does; returns when what it had taken has left, or cannot."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._listener is not None:
            self._listener.join()
        if self._folder is not None:
            self._folder.cleanup()

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

    def _listen(self) -> None:
        """Read what the unit logs, to its end."""
        if self._process is None or self._process.stderr is None:
            return
        with self._process.stderr as lines:
            for line in lines:
                level, _, said = line.rstrip().partition(" ")
                if said == _DELIVERS:
                    self._delivers.set()
                elif level != "INFO":
                    self._fail(said if level == "WARNING" else line.rstrip())
        if code := self._process.wait():
            self._fail(f"the unit ended with {code}")

    def _fail(self, sentence: str) -> None:
        with self._lock:
            self._errors.append(PublishingError(self._unit.name, sentence))
