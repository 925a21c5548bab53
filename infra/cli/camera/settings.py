"""The settings of a camera as text, for options, CSV files and tables. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from infra.cli.terminal.times import InvalidTime, read_time
from ingest.registry import opening_hours
from ingest.registry.camera import Camera, InvalidCamera, Mode, Source, sampling_problems
from ingest.registry.polygons import Polygon
from ingest.registry.sampling import DEFAULT_SAMPLE_EVERY, Sampling
from ingest.times import show_time, to_text

TIMING = ("sample_every", "time_zone", "opening_hours", "enabled")
"""The settings in a camera's Sampling; they change at a quarter hour."""

LONGEST_PAST = timedelta(days=400)
"""How far in the past a camera may begin; the table deletes older rows at once."""


@dataclass(frozen=True)
class Difference:
    """A setting that changes; `before` is None for a new camera."""

    name: str
    before: str | None
    after: str


def new_camera(camera_id: str, texts: Mapping[str, str], now: datetime) -> Camera:
    """A camera that counts from `now` on, or from `since` if the texts have it.

    Raises InvalidCamera with all mistakes.
    """
    values, problems = _read(texts)
    if not values.get("store_id"):
        problems.append("store_id is missing: every camera belongs to a store")
        values["store_id"] = "missing"
    sampling = _taken_sampling(values, Sampling())
    values["since"] = _since(values.get("since"), sampling, now, now, problems)
    return _checked(camera_id, problems, lambda: Camera(camera_id=camera_id, sampling=sampling, **values))


def changed_camera(before: Camera, texts: Mapping[str, str], now: datetime) -> Camera:
    """`before` with new settings; its timing changes at the next quarter hour. Raises InvalidCamera.

    An empty text means the default, except that an empty mode keeps the camera's own.
    """
    values, problems = _read(texts)
    if not texts.get("mode", "").strip():
        values.pop("mode", None)  # an older file leaves it empty for what was the default then
    if "store_id" in values and not values["store_id"]:
        problems.append("store_id is empty: every camera belongs to a store")
        del values["store_id"]
    if values.get("source", before.source) is not before.source:
        # A push camera has no stream; the default of a KVS camera is its own name.
        values.setdefault("stream_name", None)
    sampling = _taken_sampling(values, before.sampling)
    values["since"] = _since(values.get("since"), sampling, before.since, now, problems)
    other = _checked(before.camera_id, problems, lambda: replace(before, sampling=sampling, **values))
    return replace(other, sampling=before.sampling).with_sampling(sampling, now)


def setting_texts(camera: Camera) -> dict[str, str]:
    """Every setting as text from which the same value is read again; `since` in UTC."""
    sampling = camera.sampling
    return {
        "store_id": camera.store_id,
        "area": camera.area,
        "source": camera.source.value,
        "stream_name": camera.stream_name or "",
        "mode": camera.mode.value,
        "sample_every": str(sampling.sample_every),
        "time_zone": sampling.time_zone,
        "opening_hours": sampling.opening_hours.to_text(),
        "zones": polygons_text(camera.zones),
        "ignore": polygons_text(camera.ignore),
        "min_confidence": f"{camera.min_confidence:g}",
        "enabled": _yes_text(sampling.enabled),
        "original_deeplens": _yes_text(camera.original_deeplens),
        "repeats": _yes_text(camera.repeats),
        "since": to_text(camera.since),
    }


def in_force(camera: Camera, now: datetime) -> Camera:
    """The camera with its timing at `now`, without pending and previous changes."""
    return replace(camera, sampling=camera.sampling_at(now), previous=())


def differences(before: Camera, after: Camera, now: datetime) -> list[Difference]:
    """The settings of `after` that differ from those in force at `now`, in the order of the settings.

    They include settings whose pending change is undone, with the same text in `before` and `after`.
    """
    current = in_force(before, now)
    force, pending, new = (setting_texts(camera) for camera in (current, before, after))
    shown = _shown_texts(current)
    return [
        Difference(name, shown[name], text)
        for name, text in _shown_texts(after).items()
        if not force[name] == pending[name] == new[name]
    ]


def first_settings(added: Camera) -> list[Difference]:
    """The settings of a new camera that differ from the defaults, and always store, source and since."""
    default = setting_texts(Camera(added.camera_id, added.store_id, added.since, added.source))
    texts = setting_texts(added)
    return [
        Difference(name, None, text)
        for name, text in _shown_texts(added).items()
        if name in {"store_id", "source", "since"} or texts[name] != default[name]
    ]


def _shown_texts(camera: Camera) -> dict[str, str]:
    return setting_texts(camera) | {"since": show_time(camera.since, camera.sampling.time_zone)}


def polygons_text(polygons: Mapping[str, Polygon]) -> str:
    """`till=0.1,0.2,0.4,0.2,0.4,0.6; door=...`."""
    return "; ".join(
        f"{name}=" + ",".join(f"{value:.12g}" for point in polygon for value in point)
        for name, polygon in polygons.items()
    )


def read_polygons(text: str) -> dict[str, Polygon]:
    """The inverse of `polygons_text`. Raises ValueError that names the wrong part."""
    polygons: dict[str, Polygon] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, corners = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ValueError(f"polygon {part!r} has no name: write it as name=x,y,x,y,x,y")
        if name in polygons:
            raise ValueError(f"polygon {name!r} is given twice")
        polygons[name] = _read_corners(name, corners)
    return polygons


def _read_corners(name: str, text: str) -> Polygon:
    try:
        values = [float(value) for value in text.split(",")]
    except ValueError as error:
        raise ValueError(f"polygon {name!r} has corners {text!r}, expected numbers x,y,x,y,x,y") from error
    if len(values) % 2:
        raise ValueError(f"polygon {name!r} has {len(values)} numbers, expected pairs x,y")
    return tuple(zip(values[::2], values[1::2], strict=True))


def _read(texts: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values that can be read, and a sentence for each that cannot; an empty text means the default."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, text in texts.items():
        read, default = _READERS[name]
        if read is not str and not text.isascii():  # int and float accept the digits of every script
            problems.append(f"{name} {text!r} must consist of ASCII characters")
            continue
        try:
            values[name] = read(text.strip()) if text.strip() else default
        except ValueError as error:
            problems.append(str(error))
    return values, problems


def _checked(camera_id: str, problems: list[str], build: Callable[[], Camera]) -> Camera:
    # Readable values are checked even if others cannot be read, so that all mistakes are reported at once.
    try:
        camera = build()
    except InvalidCamera as error:
        raise InvalidCamera(camera_id, [*problems, *error.problems]) from error
    if problems:
        raise InvalidCamera(camera_id, problems)
    return camera


def _taken_sampling(values: dict[str, Any], before: Sampling) -> Sampling:
    return replace(before, **{name: values.pop(name) for name in TIMING if name in values})


def _since(
    text: str | None, sampling: Sampling, default: datetime, now: datetime, problems: list[str]
) -> datetime:
    """The time from which the camera counts; a mistake in it is added to `problems`."""
    if not text:
        return default
    try:
        # A wrong time zone is reported by Camera.
        since = read_time(text, "UTC" if list(sampling_problems(sampling)) else sampling.time_zone)
    except InvalidTime as error:
        problems.append(f"since: {error}")
        return default
    if since == default:
        return since
    if since > now:
        problems.append(
            f"since: {show_time(since, 'UTC')} is in the future: leave it out to count from now on"
        )
        return default
    if since < now - LONGEST_PAST:
        problems.append(
            f"since: {show_time(since, 'UTC')} is over {LONGEST_PAST.days} days ago, and rows are not kept"
            " that long"
        )
        return default
    return since


def _member(enumeration: type[StrEnum], name: str) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        try:
            return enumeration(text.lower())
        except ValueError as error:
            raise ValueError(f"{name} {text!r} is unknown: use one of {', '.join(enumeration)}") from error

    return read


def _read_seconds(text: str) -> int:
    if not text.isdecimal():  # int also accepts '+5' and '1_0'
        raise ValueError(f"sample_every {text!r} is not a whole number of seconds")
    return int(text)


def _read_confidence(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"min_confidence {text!r} is not a number") from error


def _yes_or_no(name: str) -> Callable[[str], bool]:
    def read(text: str) -> bool:
        if text.lower() not in {"yes", "no", "true", "false"}:
            raise ValueError(f"{name} {text!r} must be yes or no")
        return text.lower() in {"yes", "true"}

    return read


def _polygons(kind: str) -> Callable[[str], dict[str, Polygon]]:
    def read(text: str) -> dict[str, Polygon]:
        try:
            return read_polygons(text)
        except ValueError as error:
            raise ValueError(f"{kind}: {error}") from error

    return read


def _yes_text(value: bool) -> str:
    return "yes" if value else "no"


_READERS: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "store_id": (str, None),
    "area": (str, ""),
    "source": (_member(Source, "source"), Source.KVS),
    "stream_name": (str, None),
    "mode": (_member(Mode, "mode"), Mode.FRAGMENTS),
    "sample_every": (_read_seconds, DEFAULT_SAMPLE_EVERY),
    "time_zone": (str, "UTC"),
    "opening_hours": (opening_hours.parse, opening_hours.ALWAYS),
    "zones": (_polygons("zones"), {}),
    "ignore": (_polygons("ignore"), {}),
    "min_confidence": (_read_confidence, 95.0),
    "enabled": (_yes_or_no("enabled"), True),
    "original_deeplens": (_yes_or_no("original_deeplens"), False),
    "repeats": (_yes_or_no("repeats"), False),
    "since": (str, None),
}

SETTINGS = tuple(_READERS)
"""The names of the settings, in the order in which they are shown."""

COLUMNS = ("camera_id", *SETTINGS)
"""The columns of a CSV file of cameras."""
