"""Tables of what an ERROR acknowledgement means for the fragments in flight."""

import pytest

from ingest.gateway.spool.entries import SpoolEntry
from ingest.gateway.uplink.error_acks import Fault, InFlight, Verdict, fault, verdict
from ingest.kvs.put_media import Ack

SKIPPED = [4001, 4002, 4004, 4005, 4006, 4007, 4009, 4010, 4011, 4012, 4099]
WAITING = [4008, 4500, 4501, 4502, 4503, 4504, 4505, 4506, 4507]
RESENT = [4000, 4003, 5000, 5001, 5999]


@pytest.mark.parametrize(
    ("ids", "kind"),
    [(SKIPPED, Fault.FRAGMENT), (WAITING, Fault.STREAM), (RESENT, Fault.CONNECTION)],
)
def test_every_error_id_is_somebodys_fault(ids: list[int], kind: Fault) -> None:
    assert {fault(error_id) for error_id in ids} == {kind}


def in_flight(number: int, *, begun: bool = False) -> InFlight:
    """The fragment with this number, sent with the timecode `1000 * number`."""
    entry = SpoolEntry(number, 1000 * number, 1000 * number + 900, checksum=0, size=7)
    return InFlight(entry, 1000 * number, begun)


ONE, TWO = in_flight(1), in_flight(2)
BEGUN_ONE, BEGUN_TWO = in_flight(1, begun=True), in_flight(2, begun=True)


@pytest.mark.parametrize(
    ("error_id", "timecode", "fragments", "refusals", "expected"),
    [
        (4006, 1000, [ONE, TWO], {}, Verdict("the fragment at 1000 is sent again", ONE)),
        (4006, 2000, [ONE, TWO], {}, Verdict("the fragment at 2000 is sent again", TWO)),
        (4006, 1000, [ONE], {1: 1}, Verdict("the fragment at 1000 is given up", ONE, is_given_up=True)),
        (4006, 1000, [ONE], {2: 1}, Verdict("the fragment at 1000 is sent again", ONE)),
        (5000, 1000, [ONE], {1: 18}, Verdict("the fragment at 1000 is sent again", ONE)),
        (5000, 1000, [ONE], {1: 19}, Verdict("the fragment at 1000 is given up", ONE, is_given_up=True)),
        (4006, None, [ONE, TWO], {}, Verdict("the fragment at 1000 is sent again", ONE)),
        (4006, None, [BEGUN_ONE, TWO], {}, Verdict("the fragment at 1000 is sent again", BEGUN_ONE)),
        (4006, None, [BEGUN_ONE, BEGUN_TWO], {}, Verdict("the fragment at 2000 is sent again", BEGUN_TWO)),
        (4006, None, [], {}, Verdict("fragments in flight are sent again")),
        (4006, 9000, [BEGUN_ONE], {}, Verdict("the fragment at 1000 is sent again", BEGUN_ONE)),
        (5000, None, [BEGUN_ONE], {1: 19}, Verdict("fragments in flight are sent again")),
        (5000, 9000, [BEGUN_ONE], {1: 19}, Verdict("fragments in flight are sent again")),
    ],
)
def test_which_fragment_is_refused_and_what_follows(
    error_id: int,
    timecode: int | None,
    fragments: list[InFlight],
    refusals: dict[int, int],
    expected: Verdict,
) -> None:
    error = Ack("ERROR", timecode, error_id=error_id, error_code="CODE")

    found = verdict(error, fragments, refusals)

    assert found.sentence == f"KVS answered CODE ({error_id}); {expected.sentence}"
    assert (found.refused, found.is_given_up) == (expected.refused, expected.is_given_up)


@pytest.mark.parametrize("error_id", WAITING)
def test_a_fault_of_the_stream_says_nothing_about_its_fragments(error_id: int) -> None:
    error = Ack("ERROR", 1000, error_id=error_id)

    assert verdict(error, [BEGUN_ONE], {1: 100}) == Verdict(
        f"KVS answered an error ({error_id}): check the stream and its KMS key; its fragments wait"
    )
