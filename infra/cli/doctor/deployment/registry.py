"""The registry as a whole: items that cannot be read, streams, time zones, opening hours, intervals. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from infra.cli.aws.streams import listed
from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.opening_hours import ALWAYS
from ingest.times import QUARTER_HOUR

A_WEEK = timedelta(days=8)
"""After which opening hours repeat, whatever the clocks do."""


def judge(cameras: Sequence[Camera], broken: Sequence[InvalidCamera], now: datetime) -> Iterator[Finding]:
    """All that can be said without looking at any stream."""
    found = [*_unreadable(broken), *_shared_streams(cameras), *_zones(cameras)]
    found += [finding for camera in cameras for finding in _timing(camera, now)]
    yield from found
    if not cameras and not broken:
        yield note("there are no cameras yet", "see `occupancy camera add --help`")
    elif not found:
        yield ok(f"all cameras can be read, share no stream and have hours to be counted in ({len(cameras)})")


def judge_streams(cameras: Iterable[Camera], streams: Collection[str]) -> Finding:
    """The account's streams that no camera reads."""
    known = {camera.stream_name for camera in cameras}
    if spare := sorted(set(streams) - known):
        return note(
            f"streams without a camera ({len(spare)}): {listed(spare)}",
            "`occupancy camera add` if they should",
        )
    return ok("every stream of the account has a camera")


def _unreadable(broken: Iterable[InvalidCamera]) -> Iterator[Finding]:
    for camera in broken:
        yield wrong(
            f"{camera}: nothing reads this camera",
            f"correct it by `occupancy camera set {camera.camera_id}`, or remove it and add it again",
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
                "give each its own by `occupancy camera set CAMERA --stream NAME`, or remove all but one",
            )


def _zones(cameras: Iterable[Camera]) -> Iterator[Finding]:
    by_store: defaultdict[str, set[str]] = defaultdict(set)
    for camera in cameras:
        by_store[camera.store_id].add(camera.sampling.time_zone)
    for store, zones in sorted(by_store.items()):
        if len(zones) > 1:
            yield warning(
                f"the cameras of store {store!r} are in {len(zones)} time zones, {listed(sorted(zones))}:"
                " their hours differ",
                "set the right one by `occupancy camera set CAMERA --time-zone ZONE`",
            )


def _timing(camera: Camera, now: datetime) -> Iterator[Finding]:
    name, sampling = camera.camera_id, camera.sampling
    if sampling.enabled and next(camera.due(now, now + A_WEEK), None) is None:
        yield wrong(
            f"camera {name!r} is never counted: its opening hours hold no sample instant"
            f" ({sampling.opening_hours.to_text() or 'no hours'}, every {sampling.sample_every} s)",
            f"give longer hours by `occupancy camera set {name} --hours ...`, or a shorter --every",
        )
    if sampling.opening_hours != ALWAYS and any(sampling.opening_hours.days) and sampling.time_zone == "UTC":
        yield note(
            f"the opening hours of camera {name!r} are by the clock of UTC",
            f"if its shop has another, `occupancy camera set {name} --time-zone ZONE`",
        )
    if QUARTER_HOUR % sampling.step:
        yield warning(
            f"camera {name!r} is counted every {sampling.sample_every} s, which does not divide a quarter"
            " hour: its quarter hours hold different numbers of counts",
            f"take a divisor of 900: `occupancy camera set {name} --every {_divisor(sampling.sample_every)}`",
        )


def _divisor(seconds: int) -> int:
    """The divisor of a quarter hour nearest to an interval."""
    quarter = QUARTER_HOUR // timedelta(seconds=1)
    divisors = [number for number in range(1, 451) if quarter % number == 0]
    return min(divisors, key=lambda number: abs(number - seconds))
