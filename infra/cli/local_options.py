"""The options that `occupancy demo` and `occupancy local` share."""

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

detector_option = click.option(
    "--detector",
    metavar="MODEL.onnx",
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
