"""How a command that runs until it is stopped receives signals, and how its process ends."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec

import click

Args = ParamSpec("Args")

STOPPED = 130
"""The exit code of a command that Ctrl-C ended: 128 + SIGINT."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Make SIGTERM and a lost terminal (SIGHUP) raise KeyboardInterrupt in the main thread, as Ctrl-C does.

    So does SIGINT where it was inherited as ignored, as it is when a script starts a command with `&`. SIGHUP
    stays ignored, because `nohup` asks for that.
    """
    handled = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        handled.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in handled}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stoppable(command: Callable[Args, int]) -> Callable[Args, None]:
    """Make a command of a function that returns the exit code; signals stop it, and it ends at once.

    Python itself would wait for the thread pools of abandoned invocations until their work is done.
    """

    @wraps(command)
    def run(*args: Args.args, **options: Args.kwargs) -> None:
        before = threading.enumerate()
        try:
            with interruptible():
                code = command(*args, **options)
        except KeyboardInterrupt:
            click.echo("Stopped.")
            code = STOPPED
        if any(not thread.daemon for thread in threading.enumerate() if thread not in before):
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        raise click.exceptions.Exit(code)

    return run
