from typing import Any

import pytest

from infra.local.kvs.service.fault import Fault, FaultKind, InvalidFault


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (
            FaultKind.DROP,
            {"error_id": 4006},
            "a fault drop does not accept error_id: it accepts after, answer_bytes, api,",
        ),
        (FaultKind.ERROR, {}, "a fault error needs error"),
        (FaultKind.STALL, {"fragment": 1}, "a fault stall needs seconds"),
        (FaultKind.ERROR_ACK, {"fragment": 1}, "a fault error-ack needs error_id"),
        (
            FaultKind.DROP,
            {"fragment": 1, "body_bytes": 9},
            "strikes in a single place: give only one of answer_bytes, body",
        ),
        (FaultKind.DROP, {"times": 0}, "times of a fault is 0: it must be at least 1"),
        (FaultKind.DROP, {"after": -1}, "after of a fault is -1: it must be at least 0"),
        (FaultKind.DROP, {"fragment": 0}, "fragment of a fault is 0: it must be at least 1"),
        (
            FaultKind.ERROR,
            {"error": "X", "status": 200},
            "status of a fault is 200: it must be from 400 to 599",
        ),
        (FaultKind.STALL, {"seconds": -0.5}, "seconds of a fault is -0.5: it must be from 0 to 86400"),
        (
            FaultKind.ERROR_ACK,
            {"error_id": 4100},
            "error_id of a fault is 4100: it must be one of 4000, 4001",
        ),
        (
            FaultKind.ERROR_DOCUMENT,
            {"error_id": 4001},
            "error_id of a fault is 4001: it must be one of 3000, 3002",
        ),
        (
            FaultKind.WITHHOLD,
            {"acks": ("SENT",)},
            "acks of a fault is SENT: it must be one of BUFFERING, RECEIVED",
        ),
        (
            FaultKind.NO_MEDIA,
            {"start_ms": 2, "end_ms": 1},
            "end_ms of a fault is 1: it must not be before start_ms 2",
        ),
        (
            FaultKind.ERROR_ACK,
            {"error_id": 4006, "api": "GetMedia"},
            "cannot strike 'GetMedia': give PutMedia$",
        ),
        (FaultKind.DROP, {"fragment": 1, "api": "GetMedia"}, "cannot strike 'GetMedia': give PutMedia$"),
        (
            FaultKind.DROP,
            {"body_bytes": 1, "api": "PutMedia,GetMedia"},
            "cannot strike 'GetMedia': give PutMedia$",
        ),
    ],
)
def test_what_cannot_strike_is_named(kind: FaultKind, settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidFault, match=sentence):
        Fault(kind, **settings)


@pytest.mark.parametrize(
    ("fault", "api", "stream", "aimed"),
    [
        (Fault(FaultKind.DROP), "ListStreams", None, True),
        (Fault(FaultKind.DROP, api="PutMedia,GetMedia"), "GetMedia", "entrance", True),
        (Fault(FaultKind.DROP, api="PutMedia,GetMedia"), "GetImages", "entrance", False),
        (Fault(FaultKind.DROP, stream="entrance"), "GetMedia", "entrance", True),
        (Fault(FaultKind.DROP, stream="entrance"), "GetMedia", "exit", False),
        (Fault(FaultKind.DROP, stream="entrance"), "ListStreams", None, False),
        (Fault(FaultKind.DROP, fragment=2), "PutMedia", "entrance", True),
        (Fault(FaultKind.DROP, fragment=2), "GetMedia", "entrance", False),
        (Fault(FaultKind.NO_MEDIA), "GetImages", "entrance", True),
        (Fault(FaultKind.NO_MEDIA), "GetMedia", "entrance", False),
    ],
)
def test_what_a_fault_aims_at(fault: Fault, api: str, stream: str | None, *, aimed: bool) -> None:
    assert fault.aims_at(api, stream) is aimed


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(FaultKind.ERROR, error="ClientLimitExceededException"), 400),
        (Fault(FaultKind.ERROR, error="NotAuthorizedException"), 401),
        (Fault(FaultKind.ERROR, error="AccessDeniedException"), 403),
        (Fault(FaultKind.ERROR, error="ResourceNotFoundException"), 404),
        (Fault(FaultKind.ERROR, error="InternalFailure"), 500),
        (Fault(FaultKind.ERROR, error="ServiceUnavailable"), 503),
        (Fault(FaultKind.ERROR, error="ThrottlingException", status=429), 429),
    ],
)
def test_the_status_of_an_error_is_that_of_its_name_unless_told(fault: Fault, status: int) -> None:
    assert fault.http_status == status
