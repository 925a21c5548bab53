"""Check of gateway.yaml against the registry, camera by camera. Pure."""

from collections.abc import Mapping, Sequence

from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import GatewayCamera
from ingest.registry.camera import Camera, InvalidCamera, Mode, Source


def mismatch(found: Camera | InvalidCamera | None, source: GatewayCamera, store: str) -> str | None:
    """Why the registry does not allow the camera of a gateway in `store`; None if it does."""
    if found is None:
        return unregistered(source.camera_id)
    if isinstance(found, InvalidCamera):
        return str(found)
    return other_store(found, store) or other_source(found, source)


def unregistered(camera_id: str) -> str:
    """Message for an unregistered camera."""
    return (
        f"camera {camera_id!r} is not in the registry: run `occupancy camera add {camera_id}`, or remove it"
        " from gateway.yaml"
    )


def other_store(found: Camera, store: str) -> str | None:
    """Message for a camera that belongs to another store, else None."""
    if found.store_id == store:
        return None
    return (
        f"camera {found.camera_id!r} belongs to store {found.store_id!r} in the registry, but this gateway"
        f" serves {store!r}: correct one of them"
    )


def other_source(found: Camera, source: GatewayCamera) -> str | None:
    """Message for a camera whose address does not allow its source, else None."""
    if found.source in source.sources:
        return None
    possible = " or ".join(repr(allowed.value) for allowed in source.sources)
    return (
        f"camera {found.camera_id!r} has source {found.source.value!r} in the registry, but"
        f" {source.address.shown} needs source {possible}: correct one of them"
    )


def shared_addresses(cameras: Sequence[GatewayCamera]) -> Mapping[str, str]:
    """A message for each camera with the address of an earlier one. Files may be shared."""
    first: dict[str, str] = {}
    shared: dict[str, str] = {}
    for camera in cameras:
        other = first.setdefault(camera.address.url, camera.camera_id)
        if other != camera.camera_id and camera.address.is_live:
            shared[camera.camera_id] = f"it has the same address as camera {other!r}: its people count twice"
    return shared


def needs_all_frames(found: Camera) -> bool:
    """Whether keyframes are not enough: GetImages looks for the frame at the instant itself."""
    return found.source is Source.KVS and found.mode is Mode.IMAGES


def missing_frames(found: Camera, send: Send) -> str | None:
    """Advice where the camera's mode needs more frames than are sent, else None. The camera runs anyway."""
    if send is Send.ALL or not needs_all_frames(found):
        return None
    return "it is in mode images, which needs every frame: set `send: all` for it in gateway.yaml"
