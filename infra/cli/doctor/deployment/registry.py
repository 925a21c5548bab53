"""Judges the registry as a whole: unreadable items, streams, time zones, opening hours, intervals. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from infra.cli.terminal.texts import listed
from infra.cli.terminal.times import OPENING_HOURS_PERIOD
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.opening_hours import ALWAYS
from ingest.registry.registered import RegisteredCamera
from ingest.times import QUARTER_HOUR


@dataclass(frozen=True)
class RegistryContents:
    """The cameras of the registry, and those whose items cannot be read."""

    cameras: tuple[RegisteredCamera, ...]
    unreadable: tuple[InvalidCamera, ...]

    @classmethod
    def from_items(cls, items: Iterable[RegisteredCamera | InvalidCamera]) -> "RegistryContents":
        """Sort the items of a scan."""
        items = list(items)
        return cls(
            tuple(item for item in items if isinstance(item, RegisteredCamera)),
            tuple(item for item in items if isinstance(item, InvalidCamera)),
        )


def judge(contents: RegistryContents, now: datetime) -> Iterator[Finding]:
    """All findings that do not need a stream."""
    cameras = [item.camera for item in contents.cameras]
    found = [*_unreadable(contents.unreadable), *_shared_streams(cameras)]
    found += [finding for camera in cameras for finding in _timing(camera, now)]
    yield from found
    if not cameras and not contents.unreadable:
        yield note("there are no cameras yet", "see `occupancy camera add --help`")
    elif not found:
        yield ok(
            f"every camera ({len(cameras)}) can be read, has its own stream, and has hours to be counted in"
        )


def judge_streams(contents: RegistryContents, streams: Collection[str]) -> Finding:
    """The account's streams that no camera uses."""
    known = {item.camera.stream_name for item in contents.cameras}
    if spare := sorted(set(streams) - known):
        return note(
            f"streams without a camera ({len(spare)}): {listed(spare)}",
            "add cameras for them with `occupancy camera add`, or ignore this",
        )
    return ok("every stream of the account has a camera")


def _unreadable(cameras: Iterable[InvalidCamera]) -> Iterator[Finding]:
    for camera in cameras:
        yield wrong(
            f"{camera}: this camera is not counted",
            f"correct it with `occupancy camera set {camera.camera_id}`, or remove it and add it again",
        )


def _shared_streams(cameras: Iterable[Camera]) -> Iterator[Finding]:
    by_sender: defaultdict[str, list[str]] = defaultdict(list)
    for camera in cameras:
        if camera.sender is not None:
            by_sender[camera.sender].append(camera.camera_id)
    for sender, names in sorted(by_sender.items()):
        if len(names) > 1:
            which = sender.removeprefix("stream/")
            yield wrong(
                f"cameras {' and '.join(map(repr, sorted(names)))} share the stream {which!r}: their frames"
                " cannot be told apart",
                "give each its own with `occupancy camera set CAMERA --stream NAME`, or remove all but one",
            )


def _timing(camera: Camera, now: datetime) -> Iterator[Finding]:
    name, sampling = camera.camera_id, camera.sampling
    if sampling.enabled and next(camera.due(now, now + OPENING_HOURS_PERIOD), None) is None:
        yield wrong(
            f"camera {name!r} is never counted: its opening hours contain no sample instant"
            f" ({sampling.opening_hours.to_text() or 'no hours'}, every {sampling.sample_every} s)",
            f"give longer hours with `occupancy camera set {name} --hours ...`, or a shorter --every",
        )
    if sampling.opening_hours != ALWAYS and any(sampling.opening_hours.days) and sampling.time_zone == "UTC":
        yield note(
            f"the opening hours of camera {name!r} are in UTC",
            f"if its shop is in another time zone, run `occupancy camera set {name} --time-zone ZONE`",
        )
    if QUARTER_HOUR % sampling.step:
        yield warning(
            f"camera {name!r} is counted every {sampling.sample_every} s, which does not divide a quarter"
            " hour: its quarter hours have different numbers of counts",
            f"use a divisor of 900: `occupancy camera set {name} --every {_divisor(sampling.sample_every)}`",
        )


def _divisor(seconds: int) -> int:
    """The divisor of a quarter hour that is nearest to an interval."""
    quarter = QUARTER_HOUR // timedelta(seconds=1)
    divisors = [number for number in range(1, 451) if quarter % number == 0]
    return min(divisors, key=lambda number: abs(number - seconds))
