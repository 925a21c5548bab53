"""A process of the simulated store: started, heard and stopped."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread

from infra.local.wire.running import Running


@dataclass(frozen=True)
class Program:
    """What is run, with what more in its environment; `stop_seconds` is how long its end may take."""

    command: Sequence[str]
    environ: Mapping[str, str]
    stop_seconds: float


class StoreProcess(Running):
    """Runs a program from `start` to `stop`.

    `heard` is told each line of its stderr, `ended` its exit code where that is not 0; both from a thread.
    """

    def __init__(self, program: Program, heard: Callable[[str], None], ended: Callable[[int], None]) -> None:
        self._program, self._heard, self._ended = program, heard, ended
        self._process: subprocess.Popen[str] | None = None
        self._listener: Thread | None = None

    def start(self) -> None:
        """Switch it on."""
        process = subprocess.Popen(
            self._program.command,
            env=os.environ | self._program.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C is for whoever started us: the process is told when its time has come.
            start_new_session=True,
        )
        self._process = process
        self._listener = Thread(target=self._listen, args=(process,), name=f"hear-{process.pid}", daemon=True)
        self._listener.start()

    def stop(self) -> None:
        """Switch it off, as a shutdown does; returns when what it had taken has left, or cannot."""
        if self._process is None or self._listener is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._program.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Hear it to its end."""
        if process.stderr is not None:
            with process.stderr as lines:
                for line in lines:
                    self._heard(line.rstrip())
        if code := process.wait():
            self._ended(code)
