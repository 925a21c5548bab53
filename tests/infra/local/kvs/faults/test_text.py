from typing import Any

import pytest

from infra.local.kvs.faults.text import fault_of_json, fault_of_text, json_of
from infra.local.kvs.service.fault import Fault, FaultKind, InvalidFault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("drop", Fault(FaultKind.DROP)),
        ("drop api=PutMedia fragment=2", Fault(FaultKind.DROP, api="PutMedia", fragment=2)),
        (
            " stall  api=GetMedia,GetImages seconds=2.5  times=always after=3 answer_bytes=100",
            Fault(
                FaultKind.STALL, api="GetMedia,GetImages", seconds=2.5, times=None, after=3, answer_bytes=100
            ),
        ),
        (
            "error api=ListFragments stream=entrance error=ClientLimitExceededException times=4 status=429",
            Fault(
                FaultKind.ERROR,
                api="ListFragments",
                stream="entrance",
                error="ClientLimitExceededException",
                times=4,
                status=429,
            ),
        ),
        ("half-open reads=no body_bytes=9", Fault(FaultKind.HALF_OPEN, reads=False, body_bytes=9)),
        ("error-ack error_id=5001", Fault(FaultKind.ERROR_ACK, error_id=5001)),
        ("withhold acks=RECEIVED,PERSISTED", Fault(FaultKind.WITHHOLD, acks=("RECEIVED", "PERSISTED"))),
        ("no-media start_ms=1000 end_ms=2000", Fault(FaultKind.NO_MEDIA, start_ms=1000, end_ms=2000)),
        ("media-error", Fault(FaultKind.MEDIA_ERROR)),
        (
            "error-document api=GetMedia error_id=4000",
            Fault(FaultKind.ERROR_DOCUMENT, api="GetMedia", error_id=4000),
        ),
    ],
)
def test_a_fault_in_words_and_as_json(text: str, fault: Fault) -> None:
    assert fault_of_text(text) == fault
    assert fault_of_json(json_of(fault)) == fault


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "",
            "^'' is not a kind of fault: write one of error, drop, .*, as in 'drop api=PutMedia fragment=2'$",
        ),
        ("kaboom", "^'kaboom' is not a kind of fault"),
        ("drop fragment", "^'fragment' in the fault 'drop fragment' is not a setting: write name=value$"),
        ("drop fragment=", "^'fragment=' in the fault 'drop fragment=' is not a setting"),
        ("drop times=2 times=3", "^the fault 'drop times=2 times=3' gives times twice: give it once$"),
        ("drop fragmnt=2", "^'fragmnt' is not a setting of a fault: use one of acks, after, "),
        ("drop fragment=two", "^fragment of a fault is 'two': write an integer$"),
        ("drop fragment=1.0", "^fragment of a fault is '1.0': write an integer$"),
        ("drop times=never", "^times of a fault is 'never': write an integer or always$"),
        ("drop times=" + "9" * 5000, "^times of a fault is '9+': write an integer or always$"),
        ("stall seconds=inf", "^seconds of a fault is 'inf': write a number such as 2.5$"),
        ("stall seconds=soon", "^seconds of a fault is 'soon': write a number such as 2.5$"),
        ("half-open reads=maybe", "^reads of a fault is 'maybe': write yes or no$"),
        ("drop error=X", "^a fault drop does not accept error: "),
    ],
)
def test_a_mistake_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidFault, match=sentence):
        fault_of_text(text)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"kind": "drop", "times": None}, Fault(FaultKind.DROP, times=None)),
        ({"kind": "drop", "times": 3}, Fault(FaultKind.DROP, times=3)),
        ({"kind": "withhold", "acks": ["PERSISTED"]}, Fault(FaultKind.WITHHOLD, acks=("PERSISTED",))),
        ({"kind": "half-open", "reads": False}, Fault(FaultKind.HALF_OPEN, reads=False)),
        ({"kind": "stall", "seconds": 1}, Fault(FaultKind.STALL, seconds=1.0)),
    ],
)
def test_json_has_numbers_lists_and_booleans(value: Any, fault: Fault) -> None:
    assert fault_of_json(value) == fault


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "^a fault is a JSON object such as "),
        ({}, "^'' is not a kind of fault"),
        ({"kind": 7}, "^'7' is not a kind of fault"),
        ({"kind": "drop", "times": True}, "^times of a fault is 'yes'"),
        ({"kind": "drop", "after": None}, "^after of a fault is None: write a string or a number$"),
        ({"kind": "drop", "stream": {}}, r"^stream of a fault is \{\}: write a string or a number$"),
        ({"kind": "withhold", "acks": [1]}, r"^acks of a fault is \[1\]: write a string or a number$"),
    ],
)
def test_a_mistake_in_json_is_one_sentence(value: Any, sentence: str) -> None:
    with pytest.raises(InvalidFault, match=sentence):
        fault_of_json(value)
