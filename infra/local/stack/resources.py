"""The values of a stack: the template's resources, and what provisioning made of them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """One resource of the transformed template."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None = None


@dataclass(frozen=True)
class ProvisionedStack:
    """A stack that exists: its outputs, and its resources with every reference resolved."""

    name: str
    region: str
    outputs: Mapping[str, str]
    resources: Mapping[str, Resource]
    ids: Mapping[str, str]
    """Physical ids by logical id."""
