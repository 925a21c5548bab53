"""The rule by which the people on a camera's frames are counted, and its digest. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from ingest.registry.camera import Camera
from ingest.registry.polygons import Polygon

DIGITS = 16
"""Hexadecimal digits of a digest: 64 bits tell the few rules of a camera apart."""

MIXED = "mixed"
"""Stands for the rule of a quarter hour whose counts follow different rules."""


@dataclass(frozen=True)
class Rule:
    """Whom a camera counts: from which confidence, in which zones, and not in which `ignore` polygons."""

    min_confidence: float
    zones: Mapping[str, Polygon] = field(default_factory=dict)
    ignore: Mapping[str, Polygon] = field(default_factory=dict)

    @classmethod
    def of(cls, camera: Camera) -> "Rule":
        """The rule of a camera as it is now."""
        return cls(camera.min_confidence, camera.zones, camera.ignore)

    @cached_property
    def digest(self) -> str:
        """The name of the rule in rows and roll-ups: two rules have the same one if they are equal."""
        values = {
            "MinConfidence": float(self.min_confidence),
            "Zones": _corners(self.zones),
            "Ignore": _corners(self.ignore),
        }
        text = json.dumps(values, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:DIGITS]


def common_rule(digests: Iterable[str | None]) -> str | None:
    """The digest that all have; MIXED if they differ; None if there is none, or none is known."""
    found = set(digests)
    return found.pop() if len(found) == 1 else (MIXED if found else None)


def _corners(polygons: Mapping[str, Polygon]) -> dict[str, list[list[float]]]:
    return {name: [[float(x), float(y)] for x, y in polygon] for name, polygon in polygons.items()}
