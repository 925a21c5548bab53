"""What the operator wants recounted: cameras by their rules of today, and a span of whole quarter hours."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from counter.recount.run import Span
from counter.rows.rule import Rule
from infra.cli.counts.span import WrongSpan, read_span
from infra.cli.terminal.console import warn
from infra.cli.terminal.unknown_name import UnknownName
from ingest.errors import OccupancyError
from ingest.registry.camera import MIN_CONFIDENCE_RANGE, Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry
from ingest.times import next_quarter, quarter_start, show_time


class UnclearChoice(OccupancyError):
    """A camera and a store, or neither."""

    def __init__(self) -> None:
        super().__init__("give either --camera or --store: `occupancy camera list` shows both")


class WrongThreshold(OccupancyError, ValueError):
    """A text that is no confidence from which people can be counted."""


@dataclass(frozen=True)
class RecountedCamera:
    """A camera as the registry has it, and the threshold that it is to get, None if it keeps its own."""

    registered: RegisteredCamera
    min_confidence: float | None

    @property
    def camera_id(self) -> str:
        """The camera's ID."""
        return self.registered.camera.camera_id

    @property
    def rule(self) -> Rule:
        """The rule that its rows are recounted by."""
        return Rule.of(self.after)

    @property
    def after(self) -> Camera:
        """The camera with its new threshold."""
        camera = self.registered.camera
        return camera if self.min_confidence is None else replace(camera, min_confidence=self.min_confidence)


def read_threshold(text: str | None) -> float | None:
    """The threshold of the option, None without it. Raises WrongThreshold."""
    if text is None:
        return None
    low, high = MIN_CONFIDENCE_RANGE
    try:
        threshold = float(text if text.isascii() else "no number")  # float accepts the digits of every script
    except ValueError as error:
        raise WrongThreshold(
            f"--min-confidence {text!r} is not a number: give {low:g} to {high:g}"
        ) from error
    if not low <= threshold <= high:
        raise WrongThreshold(
            f"--min-confidence {text} is outside {low:g}..{high:g}: people below {low:g} are in no row"
        )
    return threshold


def choose(
    registry: CameraRegistry, camera_id: str | None, store_id: str | None, threshold: float | None
) -> list[RecountedCamera]:
    """The camera, or all cameras of the store, by ID; warns of items that are not cameras.

    Raises UnclearChoice, UnknownName or InvalidCamera.
    """
    if (camera_id is None) == (store_id is None):
        raise UnclearChoice
    items = list(registry.scan())
    cameras = [item for item in items if isinstance(item, RegisteredCamera)]
    broken = [item for item in items if isinstance(item, InvalidCamera)]
    if camera_id is not None:
        return [RecountedCamera(_named(camera_id, cameras, broken), threshold)]
    found = [item for item in cameras if item.camera.store_id == store_id]
    if not found:
        raise UnknownName("store", store_id or "", {item.camera.store_id for item in cameras})
    for error in broken:
        if error.store_id in (None, store_id):
            warn(str(error))
    ordered = sorted(found, key=lambda item: item.camera.camera_id)
    return [RecountedCamera(item, threshold) for item in ordered]


def choose_span(start: str, end: str | None, cameras: Iterable[RecountedCamera], now: datetime) -> Span:
    """The span of the options, extended to whole quarter hours. Raises InvalidTime or WrongSpan."""
    zones = {chosen.registered.camera.sampling.time_zone for chosen in cameras}
    span = read_span(start, end, zones, now)
    if span.end > now:
        time = show_time(now, min(zones))
        raise WrongSpan(f"--to {end} is in the future: it is {time} now, give that or an earlier time")
    whole = quarter_start(span.end)
    return quarter_start(span.start), whole if whole == span.end else next_quarter(span.end)


def _named(
    camera_id: str, cameras: Iterable[RegisteredCamera], broken: Iterable[InvalidCamera]
) -> RegisteredCamera:
    by_id = {item.camera.camera_id: item for item in cameras}
    for error in broken:
        if error.camera_id == camera_id:
            raise error
    if camera_id not in by_id:
        raise UnknownName("camera", camera_id, by_id)
    return by_id[camera_id]
