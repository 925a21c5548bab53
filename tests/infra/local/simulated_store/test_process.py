"""A child process: its log, its stop and its failure."""

import sys

import pytest

from infra.local.simulated_store.process import Program, StoreProcess
from tests.awaiting import await_that

STUBBORN = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
SAY = "print({0!r}, os.environ['WORD'], file=sys.stderr, flush=True)"


class Ears:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ended: list[int] = []

    def process(self, script: str, stop_seconds: float = 20) -> StoreProcess:
        program = Program([sys.executable, "-c", script], {"WORD": "here"}, stop_seconds)
        return StoreProcess(program, self.heard.append, self.ended.append)


@pytest.fixture
def ears() -> Ears:
    return Ears()


def test_it_is_heard_line_by_line_with_its_environment(ears: Ears) -> None:
    with ears.process(f"import os, sys; {SAY.format('one')}; {SAY.format('two')}"):
        await_that(lambda: len(ears.heard) == 2)
    assert ears.heard == ["one here", "two here"]


def test_how_it_ended_by_itself_is_told(ears: Ears) -> None:
    with ears.process("raise SystemExit(78)"):
        await_that(lambda: ears.ended == [78])


def test_a_stop_is_a_shutdown(ears: Ears) -> None:
    script = (
        "import os, signal, sys, time\n"
        "def end(*_):\n"
        f"    {SAY.format('delivered')}\n"
        "    raise SystemExit\n"
        f"signal.signal(signal.SIGTERM, end); {SAY.format('ready')}\n"
        "while True: time.sleep(1)"
    )
    process = ears.process(script)
    with process:
        await_that(lambda: ears.heard == ["ready here"])
    assert ears.heard == ["ready here", "delivered here"]
    assert ears.ended == []
    process.stop()  # a second call does nothing


def test_one_that_does_not_stop_is_killed(ears: Ears) -> None:
    with ears.process(f"import os; {STUBBORN}; {SAY.format('ready')}; time.sleep(600)", stop_seconds=0.1):
        await_that(lambda: ears.heard == ["ready here"])
    assert ears.ended == [-9]


def test_before_its_start_there_is_nothing_to_stop(ears: Ears) -> None:
    ears.process("").stop()
    assert ears.ended == []
