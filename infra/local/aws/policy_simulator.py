"""IAM's SimulatePrincipalPolicy, which moto does not have: evaluates a role's policies in moto's IAM.

Source: "SimulatePrincipalPolicy" in the IAM API reference. A parameter that is not known here, and a policy
that `infra/iam/policies.py` refuses, give an error of IAM's, never an answer.
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

from infra.iam.conditions import Context
from infra.iam.patterns import UnsupportedPolicy
from infra.iam.policies import AccessRequest, Statement, condition_keys, decide, read_policy
from infra.local.stack.attributes import ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Form = Mapping[str, list[str]]
Policies = Callable[[str], list[Statement] | None]
"""The statements of the role with an ARN; None if there is no such role. Raises UnsupportedPolicy."""

_PARAMETERS = re.compile(
    r"Action|Version|PolicySourceArn|(ActionNames|ResourceArns)\.member\.\d+"
    r"|ContextEntries\.member\.\d+\.(ContextKeyName|ContextKeyType|ContextKeyValues\.member\.\d+)"
)


def moto_policies(role_arn: str) -> list[Statement] | None:
    """The statements of a role in moto's IAM: of its inline policies and of those attached to it."""
    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    role = next((role for role in roles if role.arn == role_arn), None)
    if role is None:
        return None
    if role.permissions_boundary_arn:
        raise UnsupportedPolicy(f"{role_arn} has a permissions boundary, which is not evaluated here")
    versions = (version for policy in role.managed_policies.values() for version in policy.versions)
    attached = (version.document for version in versions if version.is_default)
    documents = [*role.policies.values(), *attached]
    return [statement for document in documents for statement in read_policy(_parsed(document))]


@dataclass(frozen=True)
class PolicySimulator:
    """A WSGI application before moto: answers SimulatePrincipalPolicy and passes on everything else."""

    app: "WSGIApplication"
    policies: Policies = moto_policies

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request."""
        # Only IAM's signed requests name that service: others are not read.
        if "/iam/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        form = parse_qs(body.decode())
        if form.get("Action") != ["SimulatePrincipalPolicy"]:
            return self.app(environ, start_response)
        try:
            status, document = self._answer(form)
        except UnsupportedPolicy as error:
            status, document = "500 Internal Server Error", _error("PolicyEvaluation", str(error))
        start_response(status, [("Content-Type", "text/xml"), ("Content-Length", str(len(document)))])
        return [document]

    def _answer(self, form: Form) -> tuple[str, bytes]:
        if unknown := sorted(name for name in form if not _PARAMETERS.fullmatch(name)):
            return "400 Bad Request", _error("InvalidInput", f"{unknown[0]} is not served here")
        arn = form.get("PolicySourceArn", [""])[0]
        statements = self.policies(arn)
        if statements is None:
            return "404 Not Found", _error("NoSuchEntity", f"{arn} not found")
        context = _context(form)
        results = "".join(
            _result(statements, AccessRequest(action, resource, context))
            for action in _members(form, "ActionNames")
            for resource in list(_members(form, "ResourceArns")) or ["*"]
        )
        result = f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        return "200 OK", (
            '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
            f"<SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>"
            "</SimulatePrincipalPolicyResponse>"
        ).encode()


def _result(statements: list[Statement], request: AccessRequest) -> str:
    given = {key.lower() for key in request.context}
    missing = sorted(condition_keys(statements, request) - given)
    return (
        f"<member><EvalActionName>{escape(request.action)}</EvalActionName>"
        f"<EvalResourceName>{escape(request.resource)}</EvalResourceName>"
        f"<EvalDecision>{decide(statements, request)}</EvalDecision>"
        f"<MissingContextValues>{''.join(f'<member>{escape(key)}</member>' for key in missing)}"
        "</MissingContextValues></member>"
    )


def _context(form: Form) -> Context:
    """The request's ContextEntries: what the caller says of the call to simulate."""
    numbers = {name.split(".")[2] for name in form if name.startswith("ContextEntries.")}
    entries = [f"ContextEntries.member.{number}" for number in numbers]
    return {
        form[f"{entry}.ContextKeyName"][0]: tuple(_members(form, f"{entry}.ContextKeyValues"))
        for entry in entries
    }


def _error(code: str, message: str) -> bytes:
    error = f"<Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
    return f"<ErrorResponse><Error>{error}</Error></ErrorResponse>".encode()


def _parsed(document: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Moto stores a document from CloudFormation as it is, and a document from the API as text."""
    parsed: Mapping[str, Any] = json.loads(document) if isinstance(document, str) else document
    return parsed


def _members(form: Form, name: str) -> Iterator[str]:
    number = 1
    while found := form.get(f"{name}.member.{number}"):
        yield found[0]
        number += 1
