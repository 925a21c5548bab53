"""Identity policies, evaluated as the IAM User Guide documents it. Each case names the page it is from."""

from typing import Any

import pytest

from infra.iam.patterns import UnsupportedPolicy
from infra.iam.policies import AccessRequest, Decision, condition_keys, decide, read_policy
from ingest.gateway.config.settings import parse
from ingest.gateway.policy import Account, policy

VERSION = "2012-10-17"
READ = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OVER_TLS = {"Bool": {"aws:SecureTransport": "true"}}
PUT_OVER_TLS = READ | {"Action": "s3:PutObject", "Condition": OVER_TLS}
BUT_IAM = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
DENY_ELSEWHERE = {"Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}
DENY_REGIONS = {
    "Effect": "Deny",
    "NotAction": ["iam:*", "sts:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}},
}
IRELAND, VIRGINIA = {"aws:RequestedRegion": ["eu-west-1"]}, {"aws:RequestedRegion": ["us-east-1"]}
TLS, PLAIN = {"aws:SecureTransport": ["true"]}, {"aws:SecureTransport": ["false"]}
ALL_QUEUES = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs"}
DENY_OUTSIDE_ACCOUNT = {"Effect": "Deny", "Action": "sqs:*", "NotResource": "arn:aws:sqs:*:123456789012"}
QUEUE, FOREIGN_QUEUE = "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:210987654321:q"
OBJECT, PRIVATE, OTHER = "arn:aws:s3:::b/x", "arn:aws:s3:::b/private/x", "arn:aws:s3:::c/x"


def decided(statements: Any, action: str, resource: str, context: dict[str, list[str]] | None = None) -> str:
    read = read_policy({"Version": VERSION, "Statement": statements})
    return decide(read, AccessRequest(action, resource, context or {}))


@pytest.mark.parametrize(
    ("statements", "action", "resource", "context", "decision"),
    [
        # "Policy evaluation logic": by default all requests are denied; an allow overrides that.
        ([READ], "s3:GetObject", OBJECT, {}, "allowed"),
        (READ, "s3:GetObject", OBJECT, {}, "allowed"),  # one statement needs no list
        ([READ], "s3:PutObject", OBJECT, {}, "implicitDeny"),
        ([READ], "s3:GetObject", OTHER, {}, "implicitDeny"),
        ([READ], "s3:GetObject", "arn:aws:s3:::b", {}, "implicitDeny"),
        # An explicit deny overrides any allow, in whatever order they stand.
        ([EVERYTHING, DENY], "s3:GetObject", PRIVATE, {}, "explicitDeny"),
        ([DENY, EVERYTHING], "s3:GetObject", PRIVATE, {}, "explicitDeny"),
        ([DENY, EVERYTHING], "s3:GetObject", OBJECT, {}, "allowed"),
        ([DENY], "s3:GetObject", OBJECT, {}, "implicitDeny"),
        # "IAM JSON policy elements: Action": case does not matter. "... Resource": case matters.
        ([READ], "S3:getobject", OBJECT, {}, "allowed"),
        ([READ], "s3:GetObject", OBJECT.replace("::b", "::B"), {}, "implicitDeny"),
        # "IAM JSON policy elements: Condition": a statement applies only where its conditions hold.
        ([PUT_OVER_TLS], "s3:PutObject", OBJECT, TLS, "allowed"),
        ([PUT_OVER_TLS], "s3:PutObject", OBJECT, PLAIN, "implicitDeny"),
        ([PUT_OVER_TLS], "s3:PutObject", OBJECT, {}, "implicitDeny"),
        ([EVERYTHING, DENY | {"Condition": OVER_TLS}], "s3:GetObject", PRIVATE, TLS, "explicitDeny"),
        ([EVERYTHING, DENY | {"Condition": OVER_TLS}], "s3:GetObject", PRIVATE, PLAIN, "allowed"),
        ([EVERYTHING, DENY | {"Condition": OVER_TLS}], "s3:GetObject", PRIVATE, {}, "allowed"),
        # "IAM JSON policy elements: NotAction": with Allow it allows all the others, but denies nothing.
        ([BUT_IAM], "s3:GetObject", OBJECT, {}, "allowed"),
        ([BUT_IAM], "iam:CreateUser", "*", {}, "implicitDeny"),
        ([BUT_IAM, EVERYTHING], "iam:CreateUser", "*", {}, "allowed"),
        # "IAM JSON policy elements: NotResource": with Deny everything but what it names is denied.
        ([EVERYTHING, DENY_ELSEWHERE], "s3:GetObject", OBJECT, {}, "allowed"),
        ([EVERYTHING, DENY_ELSEWHERE], "s3:GetObject", OTHER, {}, "explicitDeny"),
        ([EVERYTHING, DENY_ELSEWHERE], "sqs:SendMessage", OTHER, {}, "allowed"),
        # "IAM JSON policy elements: Resource": AWS completes an incomplete ARN with wildcards.
        ([ALL_QUEUES], "sqs:SendMessage", QUEUE, {}, "allowed"),
        ([ALL_QUEUES], "sqs:SendMessage", OBJECT, {}, "implicitDeny"),
        ([EVERYTHING, ALL_QUEUES | {"Effect": "Deny"}], "sqs:SendMessage", QUEUE, {}, "explicitDeny"),
        ([EVERYTHING, DENY_OUTSIDE_ACCOUNT], "sqs:SendMessage", QUEUE, {}, "allowed"),
        ([EVERYTHING, DENY_OUTSIDE_ACCOUNT], "sqs:SendMessage", FOREIGN_QUEUE, {}, "explicitDeny"),
        # "AWS: Denies access to AWS based on the requested Region".
        ([EVERYTHING, DENY_REGIONS], "s3:GetObject", OBJECT, IRELAND, "allowed"),
        ([EVERYTHING, DENY_REGIONS], "s3:GetObject", OBJECT, VIRGINIA, "explicitDeny"),
        ([EVERYTHING, DENY_REGIONS], "iam:GetUser", "*", VIRGINIA, "allowed"),
        ([EVERYTHING, DENY_REGIONS], "s3:GetObject", OBJECT, {}, "explicitDeny"),  # negated, key absent
    ],
)  # fmt: skip
def test_decisions(
    statements: Any, action: str, resource: str, context: dict[str, list[str]], decision: str
) -> None:
    assert decided(statements, action, resource, context) == decision


def test_without_policies_nothing_is_allowed() -> None:
    """See "Policy evaluation logic"."""
    assert decide([], AccessRequest("s3:GetObject", OBJECT)) is Decision.IMPLICIT_DENY


def test_several_policies_are_evaluated_together() -> None:
    """An allow in one, a deny in another ("Policy evaluation for requests within a single account")."""
    read = [*read_policy({"Statement": READ}), *read_policy({"Version": VERSION, "Statement": [DENY]})]
    assert decide(read, AccessRequest("s3:GetObject", OBJECT)) is Decision.ALLOWED
    assert decide(read, AccessRequest("s3:GetObject", PRIVATE)) is Decision.EXPLICIT_DENY


def test_the_keys_that_a_decision_depends_on() -> None:
    read = read_policy({"Version": VERSION, "Statement": [PUT_OVER_TLS, DENY_REGIONS]})
    assert condition_keys(read, AccessRequest("s3:PutObject", OBJECT)) == {
        "aws:securetransport",
        "aws:requestedregion",
    }
    assert condition_keys(read, AccessRequest("iam:GetUser", "*")) == set()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Principal": "*"}, "statement element Principal is not known"),
        ({"NotPrincipal": {"AWS": "1"}}, "statement element NotPrincipal is not known"),
        ({"Effect": "allow"}, "effect 'allow' is neither"),
        ({"Effect": None}, "effect None is neither"),
        ({"NotAction": "s3:*"}, "either Action or NotAction"),
        ({"NotResource": "*"}, "either Resource or NotResource"),
        ({"Effect": ["Allow"]}, r"effect \['Allow'\] is neither"),
        ({"Action": "GetObject"}, "action 'GetObject' is neither \\* nor an action of one service"),
        ({"Action": ":GetObject"}, "action ':GetObject' is neither"),
        ({"Action": "s3:"}, "action 's3:' is neither"),
        ({"Action": ["s3:Get*", "s*:Get*"]}, "action 's\\*:Get\\*' is neither"),
        ({"Action": "*:GetObject"}, "action '\\*:GetObject' is neither"),
        ({"Action": "s?:GetObject"}, "action 's\\?:GetObject' is neither"),
        ({"Action": "arn:aws:s3:::b"}, "action 'arn:aws:s3:::b' is neither"),
        ({"Action": []}, "^Action is empty"),
        ({"Resource": []}, "^Resource is empty"),
        ({"Resource": "arn"}, "resource 'arn' is neither"),
        ({"Resource": "arn:aws"}, "resource 'arn:aws' is neither"),
        ({"Resource": "arn:aws::us-east-1:1:q"}, "resource 'arn:aws::us-east-1:1:q' is neither"),
        ({"Action": [{"Ref": "A"}]}, "Action must hold texts"),
        ({"Resource": {"Fn::GetAtt": ["Bucket", "Arn"]}}, "Resource must hold texts"),
        ({"Resource": "frames/*"}, "resource 'frames/\\*' is neither"),
        ({"Resource": "arn:aws:*:::x"}, "resource 'arn:aws:\\*:::x' is neither"),
        ({"Resource": "arn:aws:s3:::b/${aws:username}/*"}, "variable in 'arn:aws:s3:::b/\\${aws:use"),
        ({"Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}}, "policy variable in"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, "operator IpAddress is not known"),
        ({"Condition": ["Bool"]}, "Condition must be an object"),
        ({"Condition": {"StringEquals": "x"}}, "StringEquals must hold condition keys"),
        ({"Condition": {"StringEquals": {"k": []}}}, "condition key k has no value"),
        ({"Condition": {"Null": {"k": "yes"}}}, "Null needs true or false, not 'yes'"),
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused_by_name(change: dict[str, Any], sentence: str) -> None:
    """Whether or not the statement names the request: a policy is read as a whole."""
    with pytest.raises(UnsupportedPolicy, match=sentence):
        read_policy({"Version": VERSION, "Statement": [READ, EVERYTHING | change]})


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ({"NotAction": [], "Resource": "*"}, "^NotAction is empty"),
        ({"NotAction": "s*:Get*", "Resource": "*"}, "action 's\\*:Get\\*' is neither"),
        ({"Action": "*", "NotResource": []}, "^NotResource is empty"),
        ({"Action": "*", "NotResource": "arn:aws"}, "resource 'arn:aws' is neither"),
    ],
)
def test_a_negated_element_is_read_as_strictly(statement: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UnsupportedPolicy, match=sentence):
        read_policy({"Version": VERSION, "Statement": [{"Effect": "Deny"} | statement]})


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"Version": "2026-01-01", "Statement": []}, "policy version '2026-01-01'"),
        ({"Version": VERSION}, "no Statement"),
        ({"Version": VERSION, "Statement": []}, "^Statement is empty"),
        ([READ], "a policy must be an object"),
        ("Allow", "a policy must be an object"),
        ({"Version": VERSION, "Statement": [], "Statements": []}, "policy element Statements is not known"),
        ({"Version": VERSION, "Statement": ["Allow"]}, "a statement must be an object"),
    ],
)
def test_a_document_that_is_no_policy(document: Any, sentence: str) -> None:
    with pytest.raises(UnsupportedPolicy, match=sentence):
        read_policy(document)


def test_in_the_older_version_a_variable_is_plain_text() -> None:
    """See "IAM JSON policy elements: Version"."""
    (statement,) = read_policy({"Statement": READ | {"Resource": "arn:aws:s3:::b/${aws:username}"}})
    assert statement.resources.patterns == ("arn:aws:s3:::b/${aws:username}",)


TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/cameras"


@pytest.mark.parametrize(
    ("action", "keys", "decision"),
    [
        ("dynamodb:BatchGetItem", ["door"], "allowed"),
        ("dynamodb:BatchGetItem", ["door", "till"], "allowed"),
        ("dynamodb:BatchGetItem", ["door", "office"], "implicitDeny"),
        ("dynamodb:Scan", ["door"], "implicitDeny"),
    ],
)
def test_a_gateway_reads_the_registry_items_of_its_own_cameras(
    action: str, keys: list[str], decision: str
) -> None:
    cameras = {name: {"url": "rtsp://192.0.2.7/"} for name in ("door", "till")}
    settings = {"store": "shop", "registry_table": "cameras", "frame_bucket": "frames", "cameras": cameras}
    made = policy(parse(settings, "gateway.yaml"), [], Account("123456789012", "us-east-1"))
    request = AccessRequest(action, TABLE, {"dynamodb:LeadingKeys": keys})
    assert decide(read_policy(made), request) == decision
