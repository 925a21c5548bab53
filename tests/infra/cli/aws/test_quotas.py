"""The account's quotas: the applied value, the default, or that it cannot be read."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from infra.cli.aws.quotas import DETECT_LABELS, QuotaUnknown, detect_labels_quota, why_unreadable

NAME = "Transactions per second per account for the Amazon Rekognition Image operation DetectLabels"


def error(code: str, operation: str = "GetServiceQuota") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


class ServiceQuotas:
    """Answers with these quotas; an error is raised, None is a quota that does not exist."""

    def __init__(self, applied: Any, default: Any = None) -> None:
        self.applied, self.default = applied, default

    def get_service_quota(self, **asked: str) -> Any:
        return self._answer(self.applied, asked)

    def get_aws_default_service_quota(self, **asked: str) -> Any:
        return self._answer(self.default, asked)

    def _answer(self, quota: Any, asked: dict[str, str]) -> Any:
        assert asked == DETECT_LABELS
        if quota is None:
            raise error("NoSuchResourceException")
        if isinstance(quota, Exception):
            raise quota
        return {"Quota": quota}


def quota(value: float, name: str = NAME) -> dict[str, Any]:
    return {"QuotaName": name, "Value": value}


@pytest.mark.parametrize(
    ("service_quotas", "value"),
    [(ServiceQuotas(quota(120.0), quota(50.0)), 120.0), (ServiceQuotas(None, quota(50.0)), 50.0)],
)
def test_the_applied_value_comes_before_the_default(service_quotas: ServiceQuotas, value: float) -> None:
    assert detect_labels_quota(service_quotas) == value


@pytest.mark.parametrize(
    "service_quotas", [ServiceQuotas(None, None), ServiceQuotas(quota(5.0, "Stream processors"))]
)
def test_another_quota_is_not_taken_for_it(service_quotas: ServiceQuotas) -> None:
    with pytest.raises(QuotaUnknown, match="no quota for DetectLabels under the code L-E29B542B"):
        detect_labels_quota(service_quotas)


@pytest.mark.parametrize(
    "service_quotas",
    [ServiceQuotas(error("AccessDeniedException")), ServiceQuotas(None, error("AccessDeniedException"))],
)
def test_another_error_is_not_taken_for_an_answer(service_quotas: ServiceQuotas) -> None:
    with pytest.raises(ClientError):
        detect_labels_quota(service_quotas)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (QuotaUnknown("none"), "none"),
        (error("AccessDeniedException"), "these credentials may not servicequotas:GetServiceQuota"),
        (
            error("AccessDeniedException", "GetAccountSettings"),
            "these credentials may not lambda:GetAccountSettings",
        ),
        (EndpointConnectionError(endpoint_url="https://a"), "https://a cannot be reached"),
    ],
)
def test_why_a_quota_cannot_be_read(failure: Any, sentence: str) -> None:
    assert why_unreadable(failure).startswith(sentence)
