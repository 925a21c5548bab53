"""The template of the earlier version and today's, as CloudFormation gets them for given parameters."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.stack.attributes import pseudo_parameters
from infra.local.stack.intrinsics import Scope
from infra.local.stack.template import Template, load
from tests.infra.rendered import resources_of

EARLIER = Path(__file__).with_name("template.yaml")


def earlier() -> Template:
    """The template as of commit 332b0b1."""
    return load(EARLIER)


def resources(template: Template, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The resources that exist with these parameters, their intrinsic functions written as texts."""
    given = template.defaults() | dict(parameters)
    scope = Scope(given | pseudo_parameters("shops", "eu-central-1"), _no_attribute, template.conditions)
    conditions = [name for name in template.conditions if scope.holds(name)]
    return resources_of(template.body, conditions)


def _no_attribute(resource: str, name: str) -> str:
    raise AssertionError(f"a condition refers to {resource}.{name}")
