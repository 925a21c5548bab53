"""How a command that runs until it is stopped hears of it, and how its process then ends."""

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
"""The exit code of what Ctrl-C ended before it was done: 128 + SIGINT."""


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a lost terminal (SIGHUP) raise KeyboardInterrupt in the main thread, as Ctrl-C does.

    So does SIGINT where it was inherited as ignored, as it is by what a script starts with `&`; SIGHUP stays
    ignored, since `nohup` asks for that.
    """
    heard = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heard.append(signal.SIGHUP)
    before = {number: signal.signal(number, signal.default_int_handler) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stoppable(command: Callable[Args, int]) -> Callable[Args, None]:
    """A command, by its function that returns the exit code: interruptible, and over when that returns.

    Python would wait for the thread pools of an invocation that was left behind, until they have done all
    that they were given.
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
