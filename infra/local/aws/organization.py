"""Answers Organizations' DescribeEffectivePolicy, which moto lacks: all AI services are opted out of.

Source: AWS Organizations API Reference, "DescribeEffectivePolicy".
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.local.stack.attributes import ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TARGET = "AWSOrganizationsV20161128.DescribeEffectivePolicy"
POLICY = {"services": {"default": {"opt_out_policy": "optOut"}}}


@dataclass(frozen=True)
class Organization:
    """A WSGI middleware before `app`."""

    app: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer DescribeEffectivePolicy; pass on all other requests."""
        if environ.get("HTTP_X_AMZ_TARGET") != TARGET:
            return self.app(environ, start_response)
        effective = {
            "PolicyContent": json.dumps(POLICY),
            "PolicyType": "AISERVICES_OPT_OUT_POLICY",
            "TargetId": ACCOUNT,
        }
        body = json.dumps({"EffectivePolicy": effective}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]
