"""What a call of the registry may refuse. Pure."""

from ingest.errors import OccupancyError


class UnknownCamera(OccupancyError, KeyError):
    """No camera with that id is registered."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is not in the registry: see `occupancy camera list`")

    __str__ = Exception.__str__


class CameraExists(OccupancyError):
    """A camera with that id is already registered."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is in the registry already: use `occupancy camera set`")


class CameraChanged(OccupancyError):
    """Somebody else changed the camera since it was read."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} was just changed by somebody else: look at it and try again")


class LeaseHeld(OccupancyError):
    """Another pull of this camera still runs."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"camera {camera_id!r} is being pulled by another invocation")


class LeaseLost(OccupancyError):
    """The lease ran out and another pull took over."""

    def __init__(self, camera_id: str) -> None:
        super().__init__(f"the lease of camera {camera_id!r} was lost to another invocation")
