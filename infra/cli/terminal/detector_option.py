"""The option `--detector` of every command that detects people on this machine."""

from pathlib import Path

import click


def _existing_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not Path(value).is_file():
        raise click.BadParameter(
            f"{value!r} is not a file: give the path of a YOLOX ONNX file,"
            " or leave the option out for OpenCV's HOG detector",
            ctx,
            param,
        )
    return value


detector_option = click.option(
    "--detector",
    metavar="MODEL.onnx",
    callback=_existing_file,
    help="A YOLOX model instead of OpenCV's people detector.",
)
