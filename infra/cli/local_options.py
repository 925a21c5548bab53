"""The options that `occupancy demo` and `occupancy local` share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from infra.local.kvs.faults.fault import Fault, InvalidFault
from infra.local.kvs.faults.text import EXAMPLE, fault_of_text
from infra.local.kvs.routes import OPERATIONS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not Path(value).is_file():
        raise click.BadParameter(
            f"{value!r} is no file: give the path of a YOLOX ONNX file,"
            " or leave the option out for OpenCV's HOG detector",
            ctx,
            param,
        )
    return value


detector_option = click.option(
    "--detector",
    metavar="MODEL.onnx",
    callback=_file,
    help="A YOLOX model instead of OpenCV's people detector.",
)


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
    help=f"What goes wrong in KVS, such as {EXAMPLE!r}; again for another one. See docs/kvs-local.md.",
)


def port_option(default: int) -> Decorator:
    """`--port`, the first of three; 0 takes free ones."""
    return click.option(
        "--port",
        default=default,
        show_default=bool(default),
        type=click.IntRange(0, 65533),
        help="The first of three ports in a row (AWS, KVS, Rekognition); 0: any free ones.",
    )
