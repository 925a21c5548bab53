"""Where the commands write: tables and lines on stdout, what is wrong on stderr."""

import os
import sys

from rich.console import Console


def console(*, stderr: bool = False) -> Console:
    """A console that takes text as it is, without markup; in a pipe, lines are not broken."""
    stream = sys.stderr if stderr else sys.stdout
    wide = None if stream.isatty() or "COLUMNS" in os.environ else 400
    return Console(file=stream, width=wide, markup=False, highlight=False, emoji=False)


def say(*lines: object) -> None:
    """Write lines or tables for the operator to stdout."""
    out = console()
    for line in lines:
        # Sentences are left to the terminal to wrap: a command in one can then be copied.
        # What a table cannot fit, a name that is longer than the line, is not cut off.
        with out.capture() as printed:
            out.print(line, soft_wrap=isinstance(line, str), crop=False)
        # Rich fills a table's lines with blanks.
        texts = printed.get().removesuffix("\n").split("\n")
        out.file.write("".join(f"{text.rstrip(' ')}\n" for text in texts))


def warn(sentence: str) -> None:
    """Write a sentence of warning to stderr."""
    console(stderr=True).print(f"Warning: {sentence}", style="yellow", soft_wrap=True)
