"""Answers Lambda's GetAccountSettings, which moto lacks, with the quotas of an account that is not new.

Source: AWS Lambda API Reference, "GetAccountSettings"; Developer Guide, "Lambda quotas".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/2016-08-19/account-settings"
CONCURRENT_EXECUTIONS = 1000
"""AWS's default quota; a new account starts with 10."""


@dataclass(frozen=True)
class AccountSettings:
    """A WSGI middleware before `app`."""

    app: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer GetAccountSettings; pass on all other requests."""
        if environ["REQUEST_METHOD"] != "GET" or environ["PATH_INFO"].rstrip("/") != PATH:
            return self.app(environ, start_response)
        body = json.dumps(_settings()).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


def _settings() -> Mapping[str, Mapping[str, int]]:
    return {
        "AccountLimit": {
            "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
            "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS,
        },
        "AccountUsage": {"FunctionCount": 4},
    }
