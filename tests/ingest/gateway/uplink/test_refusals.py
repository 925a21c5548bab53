import aiohttp
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

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
    assert sentence(refused("Invented")) == str(refused("Invented"))
    assert sentence(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            EndpointConnectionError(endpoint_url="https://kinesisvideo:443/getDataEndpoint"),
            'Could not connect to the endpoint URL: "https://kinesisvideo:443": see to the uplink',
        ),
        (
            ReadTimeoutError(endpoint_url="https://frames.s3.amazonaws.com/frame/till/2026-11-26/a_b.jpg"),
            'Read timeout on endpoint URL: "https://frames.s3.amazonaws.com": see to the uplink',
        ),
        (aiohttp.ServerDisconnectedError(), "Server disconnected: see to the uplink"),
        (ConnectionResetError(), "ConnectionResetError: see to the uplink"),
    ],
)
def test_an_uplink_that_is_away_is_named_and_of_the_address_the_host(error: Exception, words: str) -> None:
    assert sentence(error) == words
    assert waiting(error) == f"{words}; what comes waits in the spool"


def test_what_cannot_be_delivered_waits() -> None:
    assert waiting(refused("Invented")) == f"{str(refused('Invented'))[:-1]}; what comes waits in the spool"
    assert waiting(refused("NoSuchBucket")).endswith("in gateway.yaml; what comes waits in the spool")
