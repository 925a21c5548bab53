"""The daily message in words: which cameras are dark, since when and why, and what to do. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile

from counter.diagnosis.darkness import Darkness, Health
from counter.diagnosis.reasons import REASONS
from counter.rows.coverage import Coverage
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.times import show_time

MAX_BYTES = 240_000
"""Of the body: SNS takes 256 KB of message with its attributes (Publish, Amazon SNS API Reference)."""

MAX_SUBJECT = 99
"""Characters of the subject: SNS takes fewer than 100, ASCII alone (Publish, Amazon SNS API Reference)."""


@dataclass(frozen=True)
class CameraReport:
    """What the message needs of an enabled camera; `health` is None if it could not be read, see `failure`.

    `not_closed_since` is set if the closing is behind with the camera.
    """

    camera: Camera
    health: Health | None = None
    failure: str = ""
    not_closed_since: datetime | None = None


@dataclass(frozen=True)
class DailyReport:
    """All cameras; `invalid` has a sentence for each whose registry item cannot be read."""

    stack: str
    cameras: Sequence[CameraReport]
    invalid: Sequence[str] = ()


@dataclass(frozen=True)
class DailyMessage:
    """What is published."""

    subject: str
    body: str


@dataclass
class _Store:
    """The cameras of a store: how many there are, and the dark ones by reason."""

    cameras: int = 0
    dark: dict[GapReason, list[tuple[Camera, Darkness]]] = field(default_factory=lambda: defaultdict(list))


def compose(report: DailyReport) -> DailyMessage:
    """Write the daily message."""
    stores = _by_store(report.cameras)
    dark = sum(len(found) for store in stores.values() for found in store.dark.values())
    everything = len(report.cameras) + len(report.invalid)
    summary = f"{dark} of {everything} cameras {'is' if dark == 1 else 'are'} dark"
    lines = [
        f"{summary}.",
        *_store_lines(stores),
        *_other_lines(report),
        *_advice({reason for store in stores.values() for reason in store.dark}),
        "",
        _coverage_line(report.cameras),
        "`occupancy doctor --camera CAMERA` examines one camera, `occupancy doctor` everything.",
    ]
    subject = f"{report.stack[: MAX_SUBJECT - 2 - len(summary)]}: {summary}"
    return DailyMessage(subject, _bounded(lines))


def _by_store(reports: Iterable[CameraReport]) -> Mapping[str, _Store]:
    stores: dict[str, _Store] = defaultdict(_Store)
    for report in sorted(reports, key=lambda report: (report.camera.store_id, report.camera.camera_id)):
        store = stores[report.camera.store_id]
        store.cameras += 1
        if report.health and report.health.darkness:
            darkness = report.health.darkness
            store.dark[darkness.reason].append((report.camera, darkness))
    return stores


def _store_lines(stores: Mapping[str, _Store]) -> Iterator[str]:
    for store_id, store in stores.items():
        if not store.dark:
            continue
        yield ""
        number = sum(map(len, store.dark.values()))
        yield f"Store {store_id}, {_which(number, store.cameras)}:"
        for reason, found in store.dark.items():
            words = f"instants {REASONS[reason][0]} ({reason})"
            yield from (f"  {camera.camera_id} {_since(camera, dark)}: {words}" for camera, dark in found)


def _which(dark: int, cameras: int) -> str:
    if dark < cameras:
        return f"{dark} of {cameras} cameras"
    return "its only camera" if cameras == 1 else f"all {cameras} cameras"


def _since(camera: Camera, darkness: Darkness) -> str:
    since = f"since {show_time(darkness.since, camera.sampling.time_zone)}"
    if darkness.start is not None:
        return since
    is_new = next(camera.due(camera.since, darkness.since), None) is None
    return f"{since}, its first instant" if is_new else f"{since} or longer (30 days without a count)"


def _other_lines(report: DailyReport) -> Iterator[str]:
    """Cameras that are not known to be dark, but of which something is wrong."""
    lines = [f"  {sentence}" for sentence in report.invalid]
    for entry in report.cameras:
        camera = entry.camera
        if entry.failure:
            lines.append(f"  camera {camera.camera_id!r}: its rows could not be read ({entry.failure})")
        elif entry.not_closed_since:
            closed = show_time(entry.not_closed_since, camera.sampling.time_zone)
            lines.append(f"  camera {camera.camera_id!r}: its quarter hours are only closed until {closed}")
    if lines:
        yield from ("", "Unknown, because of a fault", *lines)


def _advice(reasons: Iterable[GapReason]) -> Iterator[str]:
    lines = [f"  {reason}: {REASONS[reason][1]}" for reason in sorted(reasons)]
    if lines:
        yield from ("", "What to do", *lines)


def _coverage_line(reports: Iterable[CameraReport]) -> str:
    coverage = sum((report.health.coverage for report in reports if report.health), Coverage())
    if not coverage.due:
        return "In the 24 hours before, nothing was due."
    # Rounded down: 100 % means that nothing is missing.
    tenths = 1000 * coverage.counted // coverage.due
    share = f"{tenths // 10}.{tenths % 10} %"
    return f"In the 24 hours before, {coverage.counted} of {coverage.due} instants were counted ({share})."


def _bounded(lines: Sequence[str]) -> str:
    """The lines, or the first of them and how many more there are."""
    left = MAX_BYTES

    def fits(line: str) -> bool:
        nonlocal left
        left -= len(line.encode()) + 1
        return left >= 0

    kept = list(takewhile(fits, lines))
    if len(kept) < len(lines):
        kept += ["", f"{len(lines) - len(kept)} more lines: run `occupancy doctor`."]
    return "\n".join(kept) + "\n"
