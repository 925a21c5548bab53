"""The options that `occupancy demo` and `occupancy local` share."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from infra.local.kvs.faults.text import EXAMPLE, fault_of_text
from infra.local.kvs.routes import OPERATIONS
from infra.local.kvs.service.fault import Fault, InvalidFault
from infra.local.past.request import LONGEST_PAST, PastRequest
from ingest.durations import days_of_text, duration_text

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class KvsFault(click.ParamType[Fault]):
    """`KIND name=value ...`."""

    name = "fault"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Fault:
        """The fault that the option describes."""
        try:
            fault = fault_of_text(str(value))
            fault.check_apis(OPERATIONS)
        except InvalidFault as error:
            self.fail(str(error), param, ctx)
        return fault


kvs_fault_option = click.option(
    "--kvs-fault",
    "kvs_faults",
    multiple=True,
    type=KvsFault(),
    metavar="FAULT",
    help=f"A fault of the local KVS, such as {EXAMPLE!r} (repeatable). See docs/kvs-local.md.",
)


def port_option(default: int) -> Decorator:
    """`--port`, the first of three ports; 0 takes free ports."""
    return click.option(
        "--port",
        default=default,
        show_default=bool(default),
        type=click.IntRange(0, 65533),
        help="The first of three consecutive ports (AWS, KVS, Rekognition); 0: any free ports.",
    )


class PastSpan(click.ParamType[timedelta]):
    """`3d`, `8w` or `1y`."""

    name = "span"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length of the past."""
        try:
            span = days_of_text(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if span > LONGEST_PAST:
            self.fail(
                f"{value!r} is longer than {duration_text(LONGEST_PAST)}: give a shorter span", param, ctx
            )
        return span


class NewFile(click.ParamType[Path]):
    """A file in a folder that exists."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path of the file."""
        path = Path(str(value))
        if path.is_dir() or not path.parent.is_dir():
            self.fail(f"{str(path)!r} cannot be written: give a file in a folder that exists", param, ctx)
        return path


def history_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--history` and `--history-truth`."""
    for option in (
        click.option(
            "--history-truth",
            type=NewFile(),
            metavar="FILE",
            help="Also write the truth behind the history, as JSON.",
        ),
        click.option(
            "--history",
            type=PastSpan(),
            metavar="SPAN",
            help="Write a past first, of three simulated stores: days, weeks or years, as in 3d, 8w or 1y.",
        ),
    ):
        command = option(command)
    return command


def past_request(span: timedelta | None, truth: Path | None, seed: int = 0) -> PastRequest | None:
    """What the options ask for. Raises UsageError if there is a truth without a history."""
    if span is not None:
        return PastRequest(span, seed, truth)
    if truth is not None:
        raise click.UsageError("--history-truth needs --history: give the length of the history, as in 8w")
    return None
