"""IAM's SimulatePrincipalPolicy, which moto does not have: a role's policies held against actions.

Source: "SimulatePrincipalPolicy" in the IAM API reference, "Policy evaluation logic" in its user guide.
Statements with a Condition are passed over, as are NotAction, NotResource and boundaries of permissions.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from moto.iam.models import iam_backends

from infra.local.stack.attributes import ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Statement = Mapping[str, Any]
Policies = Callable[[str], list[Statement] | None]
"""The statements of the role with an ARN; None where there is no such role."""


def decide(statements: Iterable[Statement], action: str, resource: str) -> str:
    """`allowed`, `explicitDeny` or `implicitDeny`."""
    effects = {statement["Effect"] for statement in statements if _speaks_of(statement, action, resource)}
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def moto_policies(role_arn: str) -> list[Statement] | None:
    """The statements of a role in moto's IAM: its own policies and those attached to it."""
    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    role = next((role for role in roles if role.arn == role_arn), None)
    if role is None:
        return None
    versions = (version for policy in role.managed_policies.values() for version in policy.versions)
    attached = (version.document for version in versions if version.is_default)
    documents = [*role.policies.values(), *attached]
    return [statement for document in documents for statement in _listed(_read(document)["Statement"])]


@dataclass(frozen=True)
class PolicySimulator:
    """A WSGI application before moto: answers SimulatePrincipalPolicy, lets all else pass."""

    app: "WSGIApplication"
    policies: Policies = moto_policies

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request."""
        # Of the signed requests only IAM's name that service; others are not read.
        if "/iam/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = parse_qs(body.decode())
        if form.get("Action") != ["SimulatePrincipalPolicy"]:
            return self.app(environ, start_response)
        status, document = self._answer(form)
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(document)))])
        return [document]

    def _answer(self, form: Mapping[str, list[str]]) -> tuple[str, bytes]:
        arn = form.get("PolicySourceArn", [""])[0]
        statements = self.policies(arn)
        if statements is None:
            error = f"<Type>Sender</Type><Code>NoSuchEntity</Code><Message>{escape(arn)} not found</Message>"
            return "404 Not Found", f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()
        results = "".join(
            f"<member><EvalActionName>{escape(action)}</EvalActionName>"
            f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
            f"<EvalDecision>{decide(statements, action, resource)}</EvalDecision></member>"
            for action in _members(form, "ActionNames")
            for resource in list(_members(form, "ResourceArns")) or ["*"]
        )
        result = f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        return "200 OK", (
            '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
            f"<SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>"
            "</SimulatePrincipalPolicyResponse>"
        ).encode()


def _speaks_of(statement: Statement, action: str, resource: str) -> bool:
    if "Condition" in statement:
        return False
    actions, resources = (_listed(statement.get(name, [])) for name in ("Action", "Resource"))
    return any(matches(action.lower(), pattern.lower()) for pattern in actions) and any(
        matches(resource, pattern) for pattern in resources
    )


def matches(value: str, pattern: str) -> bool:
    """IAM's patterns: `*` is any text, `?` one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value) is not None


def _read(document: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """What moto's CloudFormation puts is kept as it is; what comes by API is a text."""
    read: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return read


def _members(form: Mapping[str, list[str]], name: str) -> Iterator[str]:
    number = 1
    while found := form.get(f"{name}.member.{number}"):
        yield found[0]
        number += 1


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
