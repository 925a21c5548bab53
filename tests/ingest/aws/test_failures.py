import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from ingest.aws.failures import AwsFailed, Denial, code_of, denial, member, name_of, safe_text
from ingest.errors import OccupancyError

STREAM = "arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door/1700000000000"


def refused(code: str, text: str = "a token") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": text}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (refused("AccessDeniedException"), "PutItem: AccessDeniedException"),
        (
            refused("AWS.SimpleQueueService.NonExistentQueue"),
            "PutItem: AWS.SimpleQueueService.NonExistentQueue",
        ),
        (refused("404 not found: FwoGZX"), "PutItem: Unknown"),
        (refused("x" * 101), "PutItem: Unknown"),
        (ClientError({}, "PutItem"), "PutItem: Unknown"),
        (NoCredentialsError(), "NoCredentialsError"),
        (ValueError("a token"), "ValueError"),
    ],
)
def test_what_an_error_is_called(error: Exception, name: str) -> None:
    assert name_of(error) == name
    assert safe_text(error) == name
    assert str(AwsFailed(error)) == f"{name}: this invocation ends here, the next one does what is left"


def test_our_own_sentences_are_safe() -> None:
    assert safe_text(OccupancyError("the frame bucket is full")) == "the frame bucket is full"


def test_a_numeric_code_is_not_a_name() -> None:
    assert code_of(refused("404")) == "Unknown"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            f"User: x is not authorized to perform: kinesisvideo:GetMedia on resource: {STREAM} because ...",
            Denial("kinesisvideo:GetMedia", STREAM),
        ),
        ("not authorized to perform: s3:PutObject", Denial("s3:PutObject", None)),
        ("not authorized to perform: FwoGZX//token= on resource: FwoGZX", Denial(None, None)),
        ("", Denial(None, None)),
    ],
)
def test_a_denial_is_its_action_and_resource(text: str, found: Denial) -> None:
    assert denial(refused("AccessDenied", text)) == found
    shown = [part for part in (found.action, found.resource) if part]
    assert str(found) == " on ".join(shown)


def test_an_answer_without_its_members_is_not_of_aws() -> None:
    assert member({"StreamInfo": {}}, "StreamInfo") == {}
    with pytest.raises(ResponseParserError, match="the answer has no StreamInfo"):
        member({"ResponseMetadata": {}}, "StreamInfo")
