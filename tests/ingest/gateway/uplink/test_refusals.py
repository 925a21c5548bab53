import aiohttp
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from ingest.aws.failures import name_of
from ingest.gateway.uplink.refusals import sentence, waiting
from ingest.kvs.put_media import refusal


def refused(code: str, operation: str = "GetDataEndpoint") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, operation)


@pytest.mark.parametrize(
    ("error", "way"),
    [
        (refused("ResourceNotFoundException"), "`occupancy camera set CAMERA --create-stream` creates it"),
        (refused("ResourceNotFoundException", "BatchGetItem"), ": see registry_table in gateway.yaml"),
        (refused("NoSuchBucket"), "see frame_bucket in gateway.yaml"),
        (refused("ExpiredTokenException"), "check the gateway's AWS credentials (docs/gateway.md)"),
        (refused("AccessDeniedException"), "see `occupancy gateway policy`"),
        (refusal(404, {"x-amzn-ErrorType": "ResourceNotFoundException"}), "--create-stream"),
        (refusal(403, {"x-amzn-ErrorType": "ExpiredTokenException"}), "the gateway's AWS credentials"),
    ],
)
def test_what_is_to_be_seen_to_is_named(error: Exception, way: str) -> None:
    assert way in sentence(error)
    name = name_of(error) if isinstance(error, ClientError) else str(error)
    assert sentence(error).startswith(name)


def test_other_errors_have_their_operation_and_code_or_their_class() -> None:
    assert sentence(refused("Invented")) == "GetDataEndpoint: Invented"
    assert sentence(ValueError("a header with a token in it")) == "ValueError"


def test_a_denial_names_action_and_resource_where_aws_does() -> None:
    arn = "arn:aws:kinesisvideo:eu-central-1:123456789012:stream/door/1700000000000"
    text = f"User: x is not authorized to perform: kinesisvideo:GetDataEndpoint on resource: {arn} because"
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": text}}, "GetDataEndpoint")
    assert sentence(error) == (
        f"GetDataEndpoint: AccessDeniedException (kinesisvideo:GetDataEndpoint on {arn}):"
        " see `occupancy gateway policy` for the permissions it needs"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            EndpointConnectionError(endpoint_url="https://kinesisvideo:443/getDataEndpoint"),
            "no answer from kinesisvideo (EndpointConnectionError): check the uplink",
        ),
        (
            ReadTimeoutError(endpoint_url="https://frames.s3.amazonaws.com/frame/till/2026-11-26/a_b.jpg"),
            "no answer from frames.s3.amazonaws.com (ReadTimeoutError): check the uplink",
        ),
        (
            aiohttp.ServerDisconnectedError(),
            "the connection to AWS broke (ServerDisconnectedError): check the uplink",
        ),
        (ConnectionResetError(), "the connection to AWS broke (ConnectionResetError): check the uplink"),
    ],
)
def test_an_uplink_that_is_away_is_named_and_of_the_address_the_host(error: Exception, words: str) -> None:
    assert sentence(error) == words
    assert waiting(error) == f"{words}; new data waits in the spool"


def test_what_cannot_be_delivered_waits() -> None:
    assert waiting(refused("Invented")) == "GetDataEndpoint: Invented; new data waits in the spool"
    assert waiting(refused("NoSuchBucket")).endswith("in gateway.yaml; new data waits in the spool")
