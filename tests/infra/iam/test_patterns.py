"""Wildcards, as the IAM User Guide describes them for each element."""

import pytest

from infra.iam.patterns import matches_action, matches_arn, matches_resource, matches_text

KEY = "arn:aws:s3:::b/frame/door/x.jpg"


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("abc", "a*", True),
        ("abc", "a?c", True),
        ("abc", "a??c", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
        ("a:b\nc", "a*c", True),
        ("ABC", "abc", False),
        ("a", "a*", True),
    ],
)
def test_texts(value: str, pattern: str, expected: bool) -> None:
    assert matches_text(value, pattern) is expected


@pytest.mark.parametrize(
    ("action", "pattern", "expected"),
    [
        # "IAM JSON policy elements: Action": prefix and name are case insensitive, with * and ?.
        ("s3:GetObject", "s3:GetObject", True),
        ("s3:GetObject", "S3:getobject", True),
        ("s3:GetObject", "s3:Get*", True),
        ("s3:GetObject", "s3:*Object", True),
        ("s3:GetObject", "s3:?etObject", True),
        ("s3:GetObject", "s3:Put*", False),
        ("s3:GetObjectVersion", "s3:GetObject", False),
        ("s3:GetObject", "*", True),
        ("sqs:SendMessage", "s3:*", False),
    ],
)
def test_actions(action: str, pattern: str, expected: bool) -> None:
    assert matches_action(action, pattern) is expected


@pytest.mark.parametrize(
    ("arn", "pattern", "expected"),
    [
        # "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs".
        (KEY, "*", True),
        (KEY, KEY, True),
        (KEY, KEY.upper(), False),
        (KEY, "arn:aws:s3:::b/frame/*", True),
        (KEY, "arn:aws:s3:::b/*/x.jpg", True),
        (KEY, "arn:aws:s3:::b/frame/door/?.jpg", True),
        (KEY, "arn:aws:s3:::b/frame/????/*", True),
        (KEY, "arn:aws:s3:::b/frame/???/*", False),
        ("arn:aws:s3:::bc/frame/x", "arn:aws:s3:::b/frame/*", False),
        ("arn:aws:s3:::b+c", "arn:aws:s3:::b.c", False),
        # A * that is the last character of a segment goes on beyond the colon, another does not.
        ("arn:aws:logs:us-east-1:1:log-group:g:log-stream:s", "arn:aws:logs:us-east-1:1:log-group:g:*", True),
        ("arn:aws:logs:us-east-1:1:log-group:g", "arn:aws:logs:us-east-1:1:log-group:g:*", False),
        ("arn:aws:s3:::b/12:30:00.jpg", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/12:30:00.jpg", "arn:aws:s3:::b/*.jpg", False),
        ("arn:aws:sns:eu-west-1:1:topic", "arn:aws:sns:*:1:topic", True),
        ("arn:aws:sns:eu-west-1:1:topic", "arn:aws:sns:eu?west?1:1:topic", True),
        ("arn:aws:sns:eu:1:topic", "arn:aws:sns:eu?1:topic", False),
        # An incomplete ARN: AWS "completes the ARN by adding wildcard characters to all missing fields".
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs", True),
        ("arn:aws:s3:::b/12:30:00.jpg", "arn:aws:s3", True),
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws:s3", False),
        ("arn:aws:sqsx:us-east-1:1:q", "arn:aws:sqs", False),
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws-cn:sqs", False),
        ("arn:aws:sqs:us-east-1:1:q", "arn:*:sqs", True),
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:us-east-1", True),
        ("arn:aws:sqs:us-east-10:1:q", "arn:aws:sqs:us-east-1", False),
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:us-*", True),
        ("arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:*:123456789012", True),
        ("arn:aws:sqs:us-east-1:210987654321:q", "arn:aws:sqs:*:123456789012", False),
        ("arn:aws:s3:::b/x", "arn:aws:s3::", True),
        ("arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:", False),  # the region is there, and it is empty
        ("*", "arn:aws:sqs", False),
        # An action without a resource is asked for on "*", which only "*" allows.
        ("*", "arn:aws:s3:::b", False),
        ("*", "*", True),
    ],
)
def test_resources(arn: str, pattern: str, expected: bool) -> None:
    assert matches_resource(arn, pattern) is expected


@pytest.mark.parametrize(
    ("arn", "pattern", "expected"),
    [
        # "Amazon Resource Name (ARN) condition operators": each of the six components is checked.
        ("arn:aws:sns:us-east-1:1:topic", "arn:aws:sns:us-east-1:1:topic", True),
        ("arn:aws:sns:us-east-1:1:topic", "arn:aws:sns:*:*:to?ic", True),
        ("arn:aws:sns:us-east-1:1:topic", "arn:aws:sns:*:topic", False),
        ("arn:aws:s3:::frames", "arn:aws:s3:::*", True),
        ("arn:aws:logs:us-east-1:1:log-group:g:s", "arn:aws:logs:us-east-1:1:log-group:*", True),
        ("frames", "*", False),
    ],
)
def test_arns_of_conditions(arn: str, pattern: str, expected: bool) -> None:
    assert matches_arn(arn, pattern) is expected
