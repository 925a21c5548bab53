"""The options that `occupancy demo` and `occupancy local` share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

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


def port_option(default: int) -> Decorator:
    """`--port`, the first of three; 0 takes free ones."""
    return click.option(
        "--port",
        default=default,
        show_default=bool(default),
        type=click.IntRange(0, 65533),
        help="The first of three ports in a row (AWS, KVS, Rekognition); 0: any free ones.",
    )
