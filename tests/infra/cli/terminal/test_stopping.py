"""Which signals stop a command, and that a thread left behind does not keep its process."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import pytest
from click.testing import CliRunner

from infra.cli.terminal.stopping import interruptible, stoppable

LONG = 60.0  # s
LEFT_BEHIND = """
from concurrent.futures import ThreadPoolExecutor
from threading import Event
import click
from infra.cli.terminal.stopping import stoppable

@click.command()
@stoppable
def command() -> int:
    ThreadPoolExecutor().submit(Event().wait)
    print("done")
    return 7

command()
"""


@contextmanager
def handled(number: signal.Signals, handler: signal.Handlers) -> Iterator[None]:
    """Set a signal's handler, whatever a run inherited: `nohup` ignores SIGHUP, a script's `&` SIGINT."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_is_heard_as_ctrl_c_and_only_inside(number: signal.Signals) -> None:
    with handled(number, signal.SIG_DFL):
        with pytest.raises(KeyboardInterrupt), interruptible():
            signal.raise_signal(number)
        assert signal.getsignal(number) is signal.SIG_DFL


@pytest.mark.parametrize(("number", "heard"), [(signal.SIGINT, True), (signal.SIGHUP, False)])
def test_what_was_inherited_as_ignored(number: signal.Signals, heard: bool) -> None:
    with handled(number, signal.SIG_IGN), interruptible():
        assert (signal.getsignal(number) is signal.SIG_IGN) is not heard


def test_ctrl_c_that_a_command_lets_through_is_one_word() -> None:
    @click.command()
    @stoppable
    def command() -> int:
        raise KeyboardInterrupt

    result = CliRunner().invoke(command)
    assert (result.exit_code, result.output) == (130, "Stopped.\n")


def test_a_pool_that_was_left_does_not_keep_the_process() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LEFT_BEHIND], capture_output=True, text=True, timeout=LONG, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, "done\n", "")
