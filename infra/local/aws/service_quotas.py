"""Answers Service Quotas' GetServiceQuota for Rekognition's DetectLabels, which moto lacks.

Source: Service Quotas API Reference, "GetServiceQuota". The local DetectLabels keeps to no quota: this is the
default of us-east-1, from memory.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TARGET = "ServiceQuotasV20190624.GetServiceQuota"
CODE = "L-E29B542B"
DETECT_LABELS_PER_SECOND = 50.0


@dataclass(frozen=True)
class ServiceQuotas:
    """A WSGI middleware before `app`."""

    app: "WSGIApplication"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer GetServiceQuota for DetectLabels; pass on all other requests."""
        if environ.get("HTTP_X_AMZ_TARGET") != TARGET:
            return self.app(environ, start_response)
        request = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked = json.loads(request)
        if (asked.get("ServiceCode"), asked.get("QuotaCode")) != ("rekognition", CODE):
            return self.app({**environ, "wsgi.input": io.BytesIO(request)}, start_response)
        quota = {
            "ServiceCode": "rekognition",
            "ServiceName": "Amazon Rekognition",
            "QuotaCode": CODE,
            "QuotaName": (
                "Transactions per second per account for the Amazon Rekognition Image operation DetectLabels"
            ),
            "Value": DETECT_LABELS_PER_SECOND,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
        body = json.dumps({"Quota": quota}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]
