from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from infra.cli.aws.failures import aws_failure
from tests.infra.cli.conftest import Run, refused

LOG_IN = "log in again, for example with `aws sso login`"
CHECK_THEM = "check the profile, or the key and its secret"
NO_CREDENTIALS = (
    "no AWS credentials were found: run `aws configure` or `aws sso login`, or set AWS_PROFILE, or"
    " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


def answer(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (botocore_errors.NoCredentialsError(), NO_CREDENTIALS),
        (
            botocore_errors.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            "the AWS credentials are incomplete, AWS_SECRET_ACCESS_KEY is missing",
        ),
        (
            botocore_errors.NoRegionError(),
            "no AWS region is set: give --region, or set AWS_REGION or the profile's",
        ),
        (
            botocore_errors.ProfileNotFound(profile="shop"),
            "the AWS profile 'shop' does not exist: see `aws configure list-profiles`",
        ),
        (
            botocore_errors.EndpointConnectionError(endpoint_url="https://x.example/", error="refused"),
            "https://x.example/ cannot be reached: check the network, the region and AWS_ENDPOINT_URL",
        ),
        (
            botocore_errors.ConnectTimeoutError(endpoint_url="https://x.example/", error="slow"),
            "https://x.example/ does not answer: check the network, the region and AWS_ENDPOINT_URL",
        ),
        (
            botocore_errors.UnauthorizedSSOTokenError(),
            f"the AWS session has expired: {LOG_IN}",
        ),
        (
            botocore_errors.CredentialRetrievalError(provider="sso", error_msg="secret"),
            f"the AWS credentials cannot be retrieved from sso: {LOG_IN}",
        ),
        (
            botocore_errors.InvalidRegionError(region_name="a b"),
            "'a b' is not the name of a region: give --region, or set AWS_REGION or the profile's",
        ),
        (
            ResponseParserError("<html>"),
            "the answer did not come from AWS: check AWS_ENDPOINT_URL and the proxy",
        ),
        (answer("ExpiredToken"), f"the AWS session has expired: {LOG_IN}"),
        (
            answer("InvalidClientTokenId", "The security token is invalid"),
            f"AWS does not accept the credentials (InvalidClientTokenId): {CHECK_THEM}",
        ),
        (
            answer("SignatureDoesNotMatch", "The canonical string should have been ..."),
            f"AWS does not accept the credentials (SignatureDoesNotMatch): {CHECK_THEM}",
        ),
        (
            answer(
                "AccessDenied", "User eve is not authorized to perform: cloudformation:DescribeStacks on it"
            ),
            "AWS denies DescribeStacks to these credentials: cloudformation:DescribeStacks",
        ),
        (
            answer("AccessDeniedException"),
            "AWS denies DescribeStacks to these credentials: AccessDeniedException",
        ),
        (
            answer("Throttling", "Rate\n exceeded"),
            "AWS refused DescribeStacks (Throttling)",
        ),
        (ClientError({}, "GetItem"), "AWS refused GetItem (Unknown)"),
    ],
)
def test_each_failure_is_one_sentence(error: Any, sentence: str) -> None:
    assert str(aws_failure(error)) == sentence


def test_no_credentials(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(run("camera", "list"), NO_CREDENTIALS)


def test_half_of_the_credentials(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    refused(run("camera", "list"), "the AWS credentials are incomplete, AWS_SECRET_ACCESS_KEY is missing")


@pytest.mark.parametrize("region", [None, ""])
def test_no_region(run: Run, monkeypatch: pytest.MonkeyPatch, region: str | None) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    if region is not None:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    refused(run("camera", "list"), "no AWS region is set: give --region, or set AWS_REGION or the profile's")


def test_an_unknown_profile(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "shop")
    refused(run("camera", "list"), "the AWS profile 'shop' does not exist: see `aws configure list-profiles`")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ENDPOINT_URL", "bla"),
        ("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:x"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:99999"),
        ("AWS_MAX_ATTEMPTS", "foo"),
    ],
)
def test_a_setting_that_cannot_be(run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    refused(run("camera", "list"), f"{name} cannot be {value!r}: correct it, or unset it")


def test_a_setting_of_the_profile_that_cannot_be(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "config"
    path.write_text("[default]\nendpoint_url = bla\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))
    refused(
        run("camera", "list"),
        "an AWS setting cannot be used (Invalid endpoint: bla): check the AWS_ variables and the profile, see"
        " `aws configure list`",
    )


def test_a_token_that_is_not_there(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/operator")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token")
    sentence = "AWS_WEB_IDENTITY_TOKEN_FILE cannot be '/nonexistent/token': correct it, or unset it"
    refused(run("camera", "list"), sentence)


def test_an_endpoint_that_nobody_serves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Port 1 is reserved, nothing listens there.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    refused(
        run("camera", "list"),
        "http://127.0.0.1:1/ cannot be reached: check the network, the region and AWS_ENDPOINT_URL",
    )
