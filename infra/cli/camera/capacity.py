"""Warns if stack or account do not suffice for the cameras; refuses what passes the stack's image cap."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TypeVar

from infra.capacity.comparison import StackLimits, shortages
from infra.capacity.demand import demand
from infra.cli.aws.deployment import Deployment
from infra.cli.aws.quotas import UNREADABLE, concurrent_executions, detect_labels_quota, why_unreadable
from infra.cli.terminal.console import warn
from infra.cost.image_cap import check_image_cap
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera

Value = TypeVar("Value")


def warn_of_shortages(deployment: Deployment, now: datetime, planned: Iterable[Camera] = ()) -> None:
    """Warn of everything that does not suffice for the registered cameras, as they are after `planned`.

    The command's own work is done, so what cannot be read is a warning, too.
    """
    cameras = _read("the registry", lambda: _registered(deployment))
    parameters = _read("the stack's parameters", lambda: deployment.deployed.parameters)
    if cameras is None or parameters is None:
        return
    cameras |= {camera.camera_id: camera for camera in planned}
    limits = StackLimits.of(
        parameters,
        _read("the account's quota for DetectLabels", lambda: detect_labels_quota(deployment.service_quotas)),
        _read("the account's concurrent executions", lambda: concurrent_executions(deployment.lambda_)),
    )
    for shortage in shortages(demand(cameras.values(), now), limits):
        warn(f"{shortage.what}: {shortage.do}")


def require_image_cap(deployment: Deployment, changed: Collection[Camera]) -> None:
    """Raise ImageCapPassed if the cameras, with `changed`, need more images than the stack's MonthlyImageCap.

    Two commands at the same time may pass it together: it is compared with what is registered now.
    """
    cap = int(deployment.deployed.parameters.get("MonthlyImageCap", 0))  # older stacks have none
    if cap:
        check_image_cap(cap, _registered(deployment), changed)


def _registered(deployment: Deployment) -> dict[str, Camera]:
    found = (item for item in deployment.registry.scan() if isinstance(item, RegisteredCamera))
    return {item.camera.camera_id: item.camera for item in found}


def _read(what: str, get: Callable[[], Value]) -> Value | None:
    """What `get` returns; None, with a warning, if that cannot be read."""
    try:
        return get()
    except UNREADABLE as error:
        warn(f"{what} could not be read, to compare with what the cameras need: {why_unreadable(error)}")
    return None
