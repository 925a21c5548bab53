import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ingest.gateway.refusals import sentence
from ingest.kvs.put_media import refusal


def refused(code: str, operation: str = "GetDataEndpoint") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No."}}, operation)


@pytest.mark.parametrize(
    ("error", "way"),
    [
        (refused("ResourceNotFoundException"), "`occupancy camera set CAMERA --create-stream` creates it"),
        (refused("ResourceNotFoundException", "BatchGetItem"), ": see registry_table in gateway.yaml"),
        (refused("NoSuchBucket"), "see frame_bucket in gateway.yaml"),
        (refused("ExpiredTokenException"), "see to the gateway's AWS credentials (docs/gateway.md)"),
        (refused("AccessDeniedException"), "see `occupancy gateway policy`"),
        (refusal(404, {"x-amzn-ErrorType": "ResourceNotFoundException"}, b""), "--create-stream"),
        (refusal(403, {"x-amzn-ErrorType": "ExpiredTokenException"}, b""), "the gateway's AWS credentials"),
    ],
)
def test_what_is_to_be_seen_to_is_named(error: Exception, way: str) -> None:
    assert way in sentence(error)
    assert str(error).rstrip(".") in sentence(error)


def test_other_errors_are_in_their_own_words() -> None:
    unreachable = EndpointConnectionError(endpoint_url="https://kinesisvideo")
    assert sentence(unreachable) == 'Could not connect to the endpoint URL: "https://kinesisvideo"'
    assert sentence(refused("Invented")) == str(refused("Invented"))
    assert sentence(ConnectionResetError()) == "ConnectionResetError"
