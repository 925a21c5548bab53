"""The options that `occupancy demo` and `occupancy local` share."""

from collections.abc import Callable
from typing import Any

import click

from infra.local.kvs.faults.text import EXAMPLE, fault_of_text
from infra.local.kvs.routes import OPERATIONS
from infra.local.kvs.service.fault import Fault, InvalidFault

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
