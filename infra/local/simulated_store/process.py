"""A child process of the simulated store; its log lines are passed on."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Thread

from infra.local.wire.running import Running


@dataclass(frozen=True)
class Program:
    """A command, additions to its environment, and the seconds that its shutdown may take."""

    command: Sequence[str]
    environ: Mapping[str, str]
    stop_seconds: float


class StoreProcess(Running):
    """Runs a program from `start` to `stop`.

    A thread calls `on_line` with each line of its stderr and `on_failure` with an exit code other than 0.
    """

    def __init__(
        self, program: Program, on_line: Callable[[str], None], on_failure: Callable[[int], None]
    ) -> None:
        self._program, self._on_line, self._on_failure = program, on_line, on_failure
        self._process: subprocess.Popen[str] | None = None
        self._listener: Thread | None = None

    def start(self) -> None:
        """Start the process."""
        process = subprocess.Popen(
            self._program.command,
            env=os.environ | self._program.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            # Ctrl-C must only reach our own process, which then stops this one.
            start_new_session=True,
        )
        self._process = process
        self._listener = Thread(
            target=self._listen, args=(process,), name=f"listen-{process.pid}", daemon=True
        )
        self._listener.start()

    def stop(self) -> None:
        """Terminate the process, kill it after `stop_seconds`. Returns when it is gone and its log read."""
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
        """Read its output to the end."""
        if process.stderr is not None:
            with process.stderr as lines:
                for line in lines:
                    self._on_line(line.rstrip())
        if code := process.wait():
            self._on_failure(code)
