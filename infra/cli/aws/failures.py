"""Errors of AWS and of the connection to it, as one sentence that says what to do."""

from collections.abc import Mapping

from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ingest.aws.failures import DENIED, EXPIRED, WRONG_KEY, AwsError, code_of, denial, name_of
from ingest.errors import OccupancyError

_LOG_IN = "log in again, for example with `aws sso login`"

# The fields of the error fill in the braces.
_NO_ANSWER: dict[type[BotoCoreError], str] = {
    botocore_errors.NoCredentialsError: "no AWS credentials were found: run `aws configure` or `aws sso"
    " login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    botocore_errors.PartialCredentialsError: "the AWS credentials are incomplete, {cred_var} is missing",
    botocore_errors.NoRegionError: "no AWS region is set: give --region, or set AWS_REGION or the profile's",
    botocore_errors.ProfileNotFound: "the AWS profile {profile!r} does not exist: see"
    " `aws configure list-profiles`",
    botocore_errors.InvalidRegionError: "{region_name!r} is not the name of a region: give --region, or set"
    " AWS_REGION or the profile's",
    botocore_errors.ReadTimeoutError: "{endpoint_url} does not answer: check the network, the region and"
    " AWS_ENDPOINT_URL",
    botocore_errors.EndpointConnectionError: "{endpoint_url} cannot be reached: check the network, the region"
    " and AWS_ENDPOINT_URL",
    botocore_errors.ConnectTimeoutError: "{endpoint_url} does not answer: check the network, the region and"
    " AWS_ENDPOINT_URL",
    botocore_errors.SSOTokenLoadError: f"the AWS session cannot be used: {_LOG_IN}",
    botocore_errors.TokenRetrievalError: f"the AWS session cannot be renewed: {_LOG_IN}",
    botocore_errors.UnauthorizedSSOTokenError: f"the AWS session has expired: {_LOG_IN}",
    botocore_errors.CredentialRetrievalError: "the AWS credentials cannot be retrieved from {provider}:"
    f" {_LOG_IN}",
}

_SECRET = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""Variables whose values are never shown."""


class AwsFailure(OccupancyError):
    """A call to AWS failed; the sentence names the call and the way out."""


def aws_failure(error: AwsError) -> AwsFailure:
    """The sentence for an error of botocore."""
    if isinstance(error, ResponseParserError):
        return AwsFailure("the answer did not come from AWS: check AWS_ENDPOINT_URL and the proxy")
    return AwsFailure(_answer(error) if isinstance(error, ClientError) else _no_answer(error))


def wrong_setting(error: ValueError | OSError, environ: Mapping[str, str]) -> AwsFailure:
    """The sentence for a setting that allows no client; names its variable if the error quotes the value."""
    message = " ".join(str(error).split())
    quoted = {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith("AWS_") and value and (message.endswith(f": {value}") or repr(value) in message)
    }
    secret = [name for name in _SECRET if environ.get(name) and environ[name].strip() in message]
    if secret:
        return AwsFailure(f"{' or '.join(secret)} cannot be used: correct it, or unset it")
    if quoted:
        value = max(quoted.values(), key=len)
        names = " or ".join(name for name, other in quoted.items() if other == value)
        return AwsFailure(f"{names} cannot be {value!r}: correct it, or unset it")
    return AwsFailure(
        f"an AWS setting cannot be used ({message}): check the AWS_ variables and the profile, see"
        " `aws configure list`"
    )


def _no_answer(error: BotoCoreError) -> str:
    for kind, sentence in _NO_ANSWER.items():
        if isinstance(error, kind):
            return sentence.format_map(error.kwargs)
    return f"the call to AWS failed ({name_of(error)}): check the network, the region and the AWS_ variables"


def _answer(error: ClientError) -> str:
    code = code_of(error)
    if code in EXPIRED:
        return f"the AWS session has expired: {_LOG_IN}"
    if code in WRONG_KEY:
        return f"AWS does not accept the credentials ({code}): check the profile, or the key and its secret"
    if code in DENIED:
        return f"AWS denies {error.operation_name} to these credentials: {str(denial(error)) or code}"
    return f"AWS refused {error.operation_name} ({code})"
