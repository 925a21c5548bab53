"""What gateway.yaml and the registry have to agree on, camera by camera. Pure."""

from collections.abc import Mapping, Sequence

from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import GatewayCamera
from ingest.registry.camera import Camera, InvalidCamera, Mode, Source


def disagreement(found: Camera | InvalidCamera | None, source: GatewayCamera, store: str) -> str | None:
    """Why the registry's camera cannot run by gateway.yaml, whose store is `store`; None stands for none."""
    if found is None:
        return unregistered(source.camera_id)
    if isinstance(found, InvalidCamera):
        return str(found)
    return elsewhere(found, store) or otherwise(found, source)


def unregistered(camera_id: str) -> str:
    """Of one that the registry has not."""
    return (
        f"camera {camera_id!r} is not in the registry: `occupancy camera add {camera_id}`, or take it out of"
        " gateway.yaml"
    )


def elsewhere(found: Camera, store: str) -> str | None:
    """Of one in another store."""
    if found.store_id == store:
        return None
    return (
        f"camera {found.camera_id!r} belongs to store {found.store_id!r} by the registry, this gateway serves"
        f" {store!r}: correct one of them"
    )


def otherwise(found: Camera, source: GatewayCamera) -> str | None:
    """Of one whose frames come in a way that its address has not."""
    if found.source in source.sources:
        return None
    possible = " or ".join(repr(one.value) for one in source.sources)
    return (
        f"camera {found.camera_id!r} has source {found.source.value!r} in the registry, but"
        f" {source.address.shown} is of source {possible}: correct one of them"
    )


def twins(sources: Sequence[GatewayCamera]) -> Mapping[str, str]:
    """Cameras that have the address of one before them, and what to see to; files may be shared."""
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    for one in sources:
        other = first.setdefault(one.address.url, one.camera_id)
        if other != one.camera_id and one.address.is_live:
            found[one.camera_id] = f"it has the address of camera {other!r}: whom it sees is counted twice"
    return found


def needs_all(found: Camera) -> bool:
    """Whether keyframes are not enough: GetImages looks for the frame of the instant itself."""
    return found.source is Source.KVS and found.mode is Mode.IMAGES


def too_little(found: Camera, send: Send) -> str | None:
    """What is missing where less is sent than is looked for; the camera runs all the same."""
    if send is Send.ALL or not needs_all(found):
        return None
    return "it is in mode images, which needs every frame: give it `send: all` in gateway.yaml"
