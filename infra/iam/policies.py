"""Evaluates identity policies as IAM does: Deny first, then Allow, else nothing is allowed. Pure.

The only evaluator: the local cloud checks each function's calls with it (`infra/local/lambdas/roles.py`) and
answers SimulatePrincipalPolicy with it (`infra/local/aws/policy_simulator.py`). An element, an operator or a
policy variable that it does not know raises UnsupportedPolicy and is never passed over.
Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy element reference".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from infra.iam.conditions import Condition, Context, read_conditions
from infra.iam.patterns import UnsupportedPolicy, matches_action, matches_resource

Document = Mapping[str, Any]
"""A policy document, parsed from JSON."""

WITH_VARIABLES = "2012-10-17"
"""The version in which `${...}` is a policy variable; in the older one it is plain text."""
VERSIONS = (WITH_VARIABLES, "2008-10-17")
_DOCUMENT_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_ACTION = re.compile(r"\*|[\w-]+:[\w*?-]+", re.ASCII)
"""`*`, or a service and an action: a wildcard may stand in the action alone."""


class Decision(StrEnum):
    """The result of an evaluation, as SimulatePrincipalPolicy names it."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


@dataclass(frozen=True)
class AccessRequest:
    """An action on a resource; `*` where the action has none. Keys of `context` have any case."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Patterns:
    """Action and NotAction, or Resource and NotResource: `negated` stands for the Not."""

    patterns: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    denies: bool
    actions: Patterns
    resources: Patterns
    conditions: tuple[Condition, ...] = ()

    def names(self, request: AccessRequest) -> bool:
        """Whether action and resource are among its own, whatever its conditions say."""
        action = any(matches_action(request.action, pattern) for pattern in self.actions.patterns)
        resource = any(matches_resource(request.resource, pattern) for pattern in self.resources.patterns)
        return action is not self.actions.negated and resource is not self.resources.negated

    def applies(self, request: AccessRequest) -> bool:
        """Whether it names the request and all its conditions hold. Raises UnsupportedPolicy."""
        if not self.names(request):
            return False
        context = {key.lower(): values for key, values in request.context.items()}
        return all(condition.holds(context) for condition in self.conditions)


def decide(statements: Iterable[Statement], request: AccessRequest) -> Decision:
    """Evaluate all policies of a principal together. Raises UnsupportedPolicy."""
    applying = [statement for statement in statements if statement.applies(request)]
    if any(statement.denies for statement in applying):
        return Decision.EXPLICIT_DENY
    return Decision.ALLOWED if applying else Decision.IMPLICIT_DENY


def condition_keys(statements: Iterable[Statement], request: AccessRequest) -> set[str]:
    """The condition keys, in lower case, that the decision depends on."""
    named = (statement for statement in statements if statement.names(request))
    return {condition.key for statement in named for condition in statement.conditions}


def read_policy(document: Document) -> tuple[Statement, ...]:
    """Read a policy document. Raises UnsupportedPolicy, which names what is not known."""
    if not isinstance(document, Mapping):
        raise UnsupportedPolicy(f"a policy must be an object, not {document!r}")
    _refuse_others("policy", document, _DOCUMENT_ELEMENTS)
    # AWS's default where the element is absent.
    version = document.get("Version", "2008-10-17")
    if version not in VERSIONS:
        raise UnsupportedPolicy(f"the policy version {version!r} is not known here")
    if "Statement" not in document:
        raise UnsupportedPolicy("the policy has no Statement")
    if version == WITH_VARIABLES:
        _refuse_variables(document["Statement"])
    return tuple(_statement(statement) for statement in _listed("Statement", document["Statement"]))


def _statement(statement: Any) -> Statement:
    if not isinstance(statement, Mapping):
        raise UnsupportedPolicy(f"a statement must be an object, not {statement!r}")
    _refuse_others("statement", statement, _STATEMENT_ELEMENTS)
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise UnsupportedPolicy(f"the effect {effect!r} is neither Allow nor Deny")
    actions, resources = _patterns(statement, "Action"), _patterns(statement, "Resource")
    for action in actions.patterns:
        if not _ACTION.fullmatch(action):
            raise UnsupportedPolicy(f"the action {action!r} is neither * nor an action of one service")
    for resource in resources.patterns:
        arn, _, service = [*resource.split(":"), "", ""][:3]
        if resource != "*" and (arn != "arn" or not service or {"*", "?"} & set(service)):
            raise UnsupportedPolicy(f"the resource {resource!r} is neither * nor an ARN of one service")
    return Statement(effect == "Deny", actions, resources, read_conditions(statement.get("Condition", {})))


def _patterns(statement: Mapping[str, Any], name: str) -> Patterns:
    """An element or its Not, of which a statement must have one."""
    present = [element for element in (name, f"Not{name}") if element in statement]
    if len(present) != 1:
        raise UnsupportedPolicy(f"a statement must have either {name} or Not{name}")
    patterns = _listed(present[0], statement[present[0]])
    for pattern in patterns:
        if not isinstance(pattern, str):
            raise UnsupportedPolicy(f"{present[0]} must hold texts, not {pattern!r}")
    return Patterns(tuple(patterns), present[0] != name)


def _refuse_others(what: str, element: Mapping[str, Any], known: frozenset[str]) -> None:
    if unknown := sorted(element.keys() - known):
        raise UnsupportedPolicy(
            f"the {what} element {unknown[0]} is not known here: add it to infra/iam/policies.py"
        )


def _refuse_variables(value: Any) -> None:
    if isinstance(value, str) and "${" in value:
        raise UnsupportedPolicy(f"the policy variable in {value!r} is not known here")
    if isinstance(value, Mapping):
        _refuse_variables(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            _refuse_variables(item)


def _listed(element: str, value: Any) -> list[Any]:
    if value == []:
        raise UnsupportedPolicy(f"{element} is empty: it must hold at least one value")
    return value if isinstance(value, list) else [value]
