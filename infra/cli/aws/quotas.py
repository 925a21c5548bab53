"""The quotas of the account that decide how many cameras a stack can count.

Source: Service Quotas API Reference, "GetServiceQuota" and "GetAWSDefaultServiceQuota"; AWS Lambda API
Reference, "GetAccountSettings". The quota's code was not tried on AWS, so its name is compared, too.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.cli.aws.failures import aws_failure
from ingest.aws.failures import AWS_FAILURES, DENIED, AwsError, code_of
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

DETECT_LABELS = {"ServiceCode": "rekognition", "QuotaCode": "L-E29B542B"}


class QuotaUnknown(OccupancyError):
    """Service Quotas has another quota, or none, under the code that we know."""


UNREADABLE = (*AWS_FAILURES, QuotaUnknown)
"""Why a quota cannot be read."""


def detect_labels_quota(service_quotas: Any) -> float:
    """The DetectLabels calls a second that the account may make; the client is one of Service Quotas.

    Raises QuotaUnknown, ClientError.
    """
    quota = _applied_or_default(service_quotas)
    if not quota.get("QuotaName", "").endswith("operation DetectLabels"):
        raise QuotaUnknown(
            f"Service Quotas has no quota for DetectLabels under the code {DETECT_LABELS['QuotaCode']}: look"
            " for it in the console, Service Quotas, Amazon Rekognition"
        )
    return float(quota["Value"])


def _applied_or_default(service_quotas: Any) -> Any:
    try:
        return service_quotas.get_service_quota(**DETECT_LABELS)["Quota"]
    except ClientError as error:
        # "If only the default value is available, this API returns an error."
        if code_of(error) != "NoSuchResourceException":
            raise
    try:
        return service_quotas.get_aws_default_service_quota(**DETECT_LABELS)["Quota"]
    except ClientError as error:
        if code_of(error) != "NoSuchResourceException":
            raise
    return {}


def concurrent_executions(lambda_: "LambdaClient") -> int:
    """The Lambda invocations at a time that no function has reserved. Raises ClientError."""
    return lambda_.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]


def why_unreadable(error: AwsError | QuotaUnknown) -> str:
    """Why a quota could not be read; names the action that the credentials lack."""
    if isinstance(error, QuotaUnknown):
        return str(error)
    if isinstance(error, ClientError) and code_of(error) in DENIED:
        service = "lambda" if error.operation_name == "GetAccountSettings" else "servicequotas"
        return f"these credentials may not {service}:{error.operation_name}"
    return str(aws_failure(error))
