"""The options for a camera's settings, shared by `camera add` and `camera set`."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import click

from infra.cli.camera.settings import SETTINGS, polygons_text
from infra.cli.terminal.options import not_empty
from ingest.errors import OccupancyError
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.polygons import Polygon

POLYGON = "NAME=X,Y,X,Y,X,Y"


class UnknownPolygon(OccupancyError):
    """A zone to remove that the camera does not have."""

    def __init__(self, camera_id: str, kind: str, name: str, known: Iterable[str]) -> None:
        have = ", ".join(known) or "none"
        super().__init__(f"camera {camera_id!r} has no {kind} {name!r} to remove: it has {have}")


_option = partial(click.option, callback=not_empty)

_OPTIONS = (
    _option("--store", "store_id", metavar="STORE", help="The store of the camera."),
    _option(
        "--area", metavar="AREA", help="The floor area it sees; cameras may share one [default: its own]."
    ),
    _option(
        "--source",
        type=click.Choice([source.value for source in Source]),
        help="Pulled from KVS, or sending frames itself [default: kvs].",
    ),
    _option("--stream", "stream_name", metavar="NAME", help="Its KVS stream [default: the camera ID]."),
    _option("--create-stream", is_flag=True, help="Create the stream if it is missing, with 24 h retention."),
    _option(
        "--mode",
        type=click.Choice([mode.value for mode in Mode]),
        help="Which KVS API is used [default: fragments].",
    ),
    _option(
        "--every", "sample_every", metavar="SECONDS", help="Time between two counts, 1 to 840 [default: 300]."
    ),
    _option(
        "--time-zone", metavar="ZONE", help="The time zone of the shop, such as Europe/Berlin [default: UTC]."
    ),
    _option(
        "--hours",
        "opening_hours",
        metavar="HOURS",
        help="'mon-fri 09:00-20:00; sat 10:00-18:00' in the shop's local time [default: always].",
    ),
    _option(
        "--zone",
        "zones",
        multiple=True,
        metavar=POLYGON,
        help="An area to count separately as well (repeatable).",
    ),
    _option(
        "--ignore", multiple=True, metavar=POLYGON, help="An area in which nobody is counted (repeatable)."
    ),
    _option(
        "--min-confidence",
        metavar="PERCENT",
        help="The confidence from which a person counts, 50 to 100 [default: 95].",
    ),
    _option("--since", metavar="TIME", help="Count from this time on; it may be in the past [default: now]."),
    _option(
        "--original-deeplens/--no-original-deeplens",
        default=None,
        help="This is the DeepLens unit that still runs the original function.",
    ),
    _option(
        "--repeats/--no-repeats",
        default=None,
        help="Its picture may be the same at several instants, as a looped file's: it is not frozen.",
    ),
)


def setting_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each setting to a command; `texts_of` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def texts_of(options: Mapping[str, Any]) -> dict[str, str]:
    """The given settings, each as text."""
    given = {name: options[name] for name in SETTINGS if options.get(name) not in (None, ())}
    return {name: _text(value) for name, value in given.items()}


def merge_polygons(
    texts: Mapping[str, str], before: Camera, dropped: Mapping[str, Iterable[str]]
) -> dict[str, str]:
    """`texts` with the zones that the camera keeps: neither given again nor removed.

    Raises UnknownPolygon.
    """
    merged = dict(texts)
    for setting, kind, polygons in (("zones", "zone", before.zones), ("ignore", "ignore", before.ignore)):
        gone = tuple(dropped[setting])
        for name in gone:
            if name not in polygons:
                raise UnknownPolygon(before.camera_id, kind, name, polygons)
        if gone or setting in texts:
            merged[setting] = _merge(polygons, texts.get(setting, ""), gone)
    return merged


def _merge(polygons: Mapping[str, Polygon], text: str, gone: Iterable[str]) -> str:
    given = {part.partition("=")[0].strip() for part in text.split(";")}
    kept = {name: polygon for name, polygon in polygons.items() if name not in {*gone, *given}}
    return "; ".join(filter(None, [polygons_text(kept), text]))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) if isinstance(value, tuple) else str(value)
