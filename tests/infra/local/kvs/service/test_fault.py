from typing import Any

import pytest

from infra.local.kvs.service.fault import Fault, InvalidFault, Kind


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (Kind.DROP, {"error_id": 4006}, "a fault drop takes no error_id: it takes after, answer_bytes, api,"),
        (Kind.ERROR, {}, "a fault error needs error"),
        (Kind.STALL, {"fragment": 1}, "a fault stall needs seconds"),
        (Kind.ERROR_ACK, {"fragment": 1}, "a fault error-ack needs error_id"),
        (Kind.DROP, {"fragment": 1, "body_bytes": 9}, "strikes in one place: give one of answer_bytes, body"),
        (Kind.DROP, {"times": 0}, "times of a fault is 0: it must be at least 1"),
        (Kind.DROP, {"after": -1}, "after of a fault is -1: it must be at least 0"),
        (Kind.DROP, {"fragment": 0}, "fragment of a fault is 0: it must be at least 1"),
        (Kind.ERROR, {"error": "X", "status": 200}, "status of a fault is 200: it must be from 400 to 599"),
        (Kind.STALL, {"seconds": -0.5}, "seconds of a fault is -0.5: it must be from 0 to 86400"),
        (Kind.ERROR_ACK, {"error_id": 4100}, "error_id of a fault is 4100: it must be one of 4000, 4001"),
        (
            Kind.ERROR_DOCUMENT,
            {"error_id": 4001},
            "error_id of a fault is 4001: it must be one of 3000, 3002",
        ),
        (
            Kind.WITHHOLD,
            {"acks": ("SENT",)},
            "acks of a fault is SENT: it must be one of BUFFERING, RECEIVED",
        ),
        (Kind.NO_MEDIA, {"start_ms": 2, "end_ms": 1}, "the hole of a fault ends at 1, before its start 2"),
        (Kind.ERROR_ACK, {"error_id": 4006, "api": "GetMedia"}, "cannot strike 'GetMedia': give PutMedia$"),
        (Kind.DROP, {"fragment": 1, "api": "GetMedia"}, "cannot strike 'GetMedia': give PutMedia$"),
        (
            Kind.DROP,
            {"body_bytes": 1, "api": "PutMedia,GetMedia"},
            "cannot strike 'GetMedia': give PutMedia$",
        ),
    ],
)
def test_what_cannot_strike_is_named(kind: Kind, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidFault, match=sentence):
        Fault(kind, **settings)


@pytest.mark.parametrize(
    ("fault", "api", "stream", "aimed"),
    [
        (Fault(Kind.DROP), "ListStreams", None, True),
        (Fault(Kind.DROP, api="PutMedia,GetMedia"), "GetMedia", "entrance", True),
        (Fault(Kind.DROP, api="PutMedia,GetMedia"), "GetImages", "entrance", False),
        (Fault(Kind.DROP, stream="entrance"), "GetMedia", "entrance", True),
        (Fault(Kind.DROP, stream="entrance"), "GetMedia", "exit", False),
        (Fault(Kind.DROP, stream="entrance"), "ListStreams", None, False),
        (Fault(Kind.DROP, fragment=2), "PutMedia", "entrance", True),
        (Fault(Kind.DROP, fragment=2), "GetMedia", "entrance", False),
        (Fault(Kind.NO_MEDIA), "GetImages", "entrance", True),
        (Fault(Kind.NO_MEDIA), "GetMedia", "entrance", False),
    ],
)
def test_what_a_fault_aims_at(fault: Fault, api: str, stream: str | None, *, aimed: bool) -> None:
    assert fault.aims_at(api, stream) is aimed


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(Kind.ERROR, error="ClientLimitExceededException"), 400),
        (Fault(Kind.ERROR, error="NotAuthorizedException"), 401),
        (Fault(Kind.ERROR, error="AccessDeniedException"), 403),
        (Fault(Kind.ERROR, error="ResourceNotFoundException"), 404),
        (Fault(Kind.ERROR, error="InternalFailure"), 500),
        (Fault(Kind.ERROR, error="ServiceUnavailable"), 503),
        (Fault(Kind.ERROR, error="ThrottlingException", status=429), 429),
    ],
)
def test_the_status_of_an_error_is_that_of_its_name_unless_told(fault: Fault, status: int) -> None:
    assert fault.http_status == status
