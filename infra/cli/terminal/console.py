"""Output of the commands: tables and lines on stdout, warnings on stderr."""

import os
import sys

from rich.console import Console

_PIPE_WIDTH = 400


def console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is, without markup; in a pipe it does not break lines."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def say(*lines: object) -> None:
    """Write lines or tables for the operator to stdout."""
    out = console()
    for line in lines:
        # The terminal wraps sentences, so that a command in one can be copied.
        # A table's cell that is longer than the line is not cut off.
        with out.capture() as printed:
            out.print(line, soft_wrap=isinstance(line, str), crop=False)
        # Rich pads the lines of a table with spaces.
        texts = printed.get().removesuffix("\n").split("\n")
        out.file.write("".join(f"{text.rstrip(' ')}\n" for text in texts))


def warn(sentence: str) -> None:
    """Write a warning to stderr."""
    console(stderr=True).print(f"Warning: {sentence}", style="yellow", soft_wrap=True)
