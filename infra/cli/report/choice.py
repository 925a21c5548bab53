"""What the operator wants a report on: a store, or an area, a camera or a zone of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from counter.analytics.figures import STORE, Kind, Subject
from infra.cli.terminal.texts import listed
from infra.cli.terminal.unknown_name import UnknownName
from ingest.errors import OccupancyError
from ingest.registry.registered import RegisteredCamera


class UnclearSubject(OccupancyError):
    """Options that name several things, or none where there are several."""


@dataclass(frozen=True)
class SubjectOptions:
    """The options that name the subject, None where not given."""

    store: str | None
    area: str | None
    camera: str | None
    zone: str | None


class OtherStore(OccupancyError):
    """A subject of another store than the one that was named."""


@dataclass(frozen=True)
class ReportChoice:
    """The store, the subject in it, and the store's cameras.

    `known` says whether the registry has the subject; else only the history can tell, as of a removed camera.
    `elsewhere` are other stores of which the registry has it.
    """

    store_id: str
    subject: Subject
    cameras: Sequence[RegisteredCamera]
    known: bool = True
    elsewhere: Sequence[str] = ()


def choose(
    options: SubjectOptions, registered: Sequence[RegisteredCamera], stores: Sequence[str]
) -> ReportChoice:
    """What the options mean. `stores` are those with an entry. Raises UnclearSubject and UnknownName."""
    if options.area and (options.camera or options.zone):
        raise UnclearSubject("--area and --camera or --zone exclude each other: give one of them")
    places = sorted({_store_of(found) for found in registered} | set(stores))
    if options.store and options.store not in places:
        raise UnknownName("store", options.store, places)
    inside = [found for found in registered if options.store in (None, _store_of(found))]
    matching = [found for found in inside if _matches(found, options)]
    elsewhere = sorted({_store_of(found) for found in registered if _matches(found, options)})
    store_id = options.store or _only_store(options, inside, matching, places)
    cameras = [found for found in registered if _store_of(found) == store_id]
    return ReportChoice(
        store_id,
        _subject(options, inside, matching, elsewhere),
        cameras,
        known=bool(matching) or options == _store_only(options),
        elsewhere=[place for place in elsewhere if place != store_id],
    )


def _store_only(options: SubjectOptions) -> SubjectOptions:
    return SubjectOptions(options.store, None, None, None)


def _store_of(found: RegisteredCamera) -> str:
    return found.camera.store_id


def _matches(found: RegisteredCamera, options: SubjectOptions) -> bool:
    camera = found.camera
    return (
        options.area in (None, camera.area)
        and options.camera in (None, camera.camera_id)
        and (options.zone is None or options.zone in camera.zones)
    )


def _only_store(
    options: SubjectOptions,
    inside: Sequence[RegisteredCamera],
    matching: Sequence[RegisteredCamera],
    places: Sequence[str],
) -> str:
    """The store if no option names it: it must follow from the rest."""
    if len(places) == 1:
        return places[0]
    if options == _store_only(options):
        if not places:
            raise UnclearSubject("there is no store yet: add a camera with `occupancy camera add`")
        raise UnclearSubject(f"there are several stores: give --store, one of {listed(places)}")
    found = sorted({_store_of(camera) for camera in matching})
    if not found:
        raise unknown(options, inside)
    if len(found) > 1:
        raise UnclearSubject(f"several stores have it: give --store, one of {listed(found)}")
    return found[0]


def _subject(
    options: SubjectOptions,
    inside: Sequence[RegisteredCamera],
    matching: Sequence[RegisteredCamera],
    elsewhere: Sequence[str],
) -> Subject:
    if options.area:
        return Subject(Kind.AREA, options.area)
    if options.zone:
        if not (options.camera or matching):
            raise unknown(options, inside, elsewhere)
        return Subject(Kind.ZONE, options.zone, options.camera or _camera_of_zone(options.zone, matching))
    if options.camera:
        return Subject(Kind.CAMERA, options.camera)
    return STORE


def _camera_of_zone(zone: str, matching: Sequence[RegisteredCamera]) -> str:
    names = sorted(found.camera.camera_id for found in matching)
    if len(names) > 1:
        raise UnclearSubject(f"zone {zone!r} is of several cameras: give --camera, one of {listed(names)}")
    return names[0]


def unknown(
    options: SubjectOptions, cameras: Sequence[RegisteredCamera], elsewhere: Sequence[str] = ()
) -> UnknownName | OtherStore:
    """The error for a subject that neither the registry nor the history of the store knows; `elsewhere` are
    stores that have it.
    """
    if elsewhere:
        kind = "zone" if options.zone else "camera" if options.camera else "area"
        name = options.zone or options.camera or options.area or ""
        return OtherStore(
            f"{kind} {name!r} is not in store {options.store!r} but in {listed(elsewhere)}:"
            f" give --store {elsewhere[0]}"
        )
    names = [found.camera.camera_id for found in cameras]
    if options.camera and options.camera not in names:
        return UnknownName("camera", options.camera, names)
    if options.zone:
        zones = {
            zone
            for found in cameras
            if _matches(found, _without_zone(options))
            for zone in found.camera.zones
        }
        return UnknownName("zone", options.zone, zones)
    return UnknownName("area", options.area or "", {found.camera.area for found in cameras})


def _without_zone(options: SubjectOptions) -> SubjectOptions:
    return SubjectOptions(options.store, options.area, options.camera, None)
