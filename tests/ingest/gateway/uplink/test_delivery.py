from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.uplink.delivery import WINDOW, Delivery
from ingest.kvs.put_media import Ack
from tests.ingest.gateway.uplink.test_error_acks import RESENT, SKIPPED, WAITING

START = 1_795_393_011_685


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, Bounds(1_000_000))


def put(spool: Spool, count: int) -> None:
    for number in range(count):
        first = START + 4000 * number
        spool.put(first, first + 3960, b"fragment", START)


def send(delivery: Delivery) -> list[int]:
    """Send all that may leave now; the place of each fragment, from 0."""
    sent = []
    while (fragment := delivery.next()) is not None:
        delivery.sending(fragment, fragment.first_ms, fragment.size)
        sent.append(fragment.number - 1)
    return sent


def ack(kind: str, place: int | None = None, error_id: int | None = None) -> Ack:
    timecode = None if place is None else START + 4000 * place
    return Ack(kind, timecode, error_id=error_id, error_code=error_id and f"CODE_{error_id}")  # type: ignore[arg-type]


def left(spool: Spool) -> list[int]:
    return [fragment.number - 1 for fragment in spool._waiting.values()]


def test_a_fragment_waits_for_persisted(spool: Spool) -> None:
    put(spool, 3)
    delivery = Delivery(spool)

    assert send(delivery) == [0, 1, 2]
    for kind in ("BUFFERING", "RECEIVED"):
        delivery.heard(ack(kind, 0))
    assert left(spool) == [0, 1, 2]
    delivery.heard(ack("PERSISTED", 0))
    assert left(spool) == [1, 2]
    assert (delivery.persisted, delivery.in_flight) == (1, 2)


def test_received_is_enough_where_the_stream_keeps_no_data(spool: Spool) -> None:
    put(spool, 1)
    delivery = Delivery(spool, retention=False)
    send(delivery)

    delivery.heard(ack("BUFFERING", 0))
    assert left(spool) == [0]
    delivery.heard(ack("RECEIVED", 0))
    assert left(spool) == []


def test_only_a_few_are_on_their_way_at_once(spool: Spool) -> None:
    put(spool, WINDOW + 2)
    delivery = Delivery(spool)

    assert send(delivery) == list(range(WINDOW))
    delivery.heard(ack("PERSISTED", 0))
    assert send(delivery) == [WINDOW]


def test_after_a_break_what_is_not_settled_goes_again_the_oldest_first(spool: Spool) -> None:
    put(spool, 4)
    delivery = Delivery(spool)
    send(delivery)
    delivery.heard(ack("PERSISTED", 1))
    delivery.ended()
    put(spool, 1)

    assert send(delivery) == [0, 2, 3, 4]
    assert delivery.sent_again == 3


def test_an_acknowledgement_of_what_is_not_in_flight_changes_nothing(spool: Spool) -> None:
    put(spool, 1)
    delivery = Delivery(spool)
    send(delivery)
    for stray in (ack("PERSISTED", 7), ack("IDLE"), ack("PERSISTED")):
        assert delivery.heard(stray) is None

    assert left(spool) == [0]


def test_a_duplicate_acknowledgement_counts_once(spool: Spool) -> None:
    put(spool, 1)
    delivery = Delivery(spool)
    send(delivery)
    delivery.heard(ack("PERSISTED", 0))
    delivery.heard(ack("PERSISTED", 0))

    assert delivery.persisted == 1


@pytest.mark.parametrize("error_id", SKIPPED)
def test_a_fragment_that_is_refused_for_its_contents_has_a_second_chance(spool: Spool, error_id: int) -> None:
    put(spool, 2)
    delivery = Delivery(spool)
    sentences = []
    for _ in range(2):
        send(delivery)
        sentences.append(delivery.heard(ack("ERROR", 0, error_id)))
        delivery.ended()

    assert sentences == [
        f"KVS answered CODE_{error_id} ({error_id}); the fragment at {START} is sent again",
        f"KVS answered CODE_{error_id} ({error_id}); the fragment at {START} is given up",
    ]
    assert left(spool) == [1]
    (dropped,) = spool.take_dropped()
    assert (dropped.reason, dropped.first_ms) == (f"refused by KVS ({error_id})", START)


@pytest.mark.parametrize("error_id", RESENT)
def test_a_fragment_on_a_bad_connection_has_many(spool: Spool, error_id: int) -> None:
    put(spool, 1)
    delivery = Delivery(spool)
    times = 0
    while left(spool):
        send(delivery)
        delivery.heard(ack("ERROR", 0, error_id))
        delivery.ended()
        times += 1

    assert times == 20


@pytest.mark.parametrize("error_id", WAITING)
def test_where_the_stream_is_the_trouble_nothing_is_given_up(spool: Spool, error_id: int) -> None:
    put(spool, 1)
    delivery = Delivery(spool)
    for _ in range(100):
        send(delivery)
        sentence = delivery.heard(ack("ERROR", 0, error_id))
        delivery.ended()

    assert left(spool) == [0]
    assert sentence is not None
    assert sentence.endswith(f"({error_id}): check the stream and its KMS key; its fragments wait")


def begun_first(delivery: Delivery) -> None:
    delivery.heard(ack("BUFFERING", 0))


def begun_both(delivery: Delivery) -> None:
    delivery.heard(ack("BUFFERING", 0))
    delivery.heard(ack("BUFFERING", 1))


@pytest.mark.parametrize(
    ("before", "blamed"), [(lambda _: None, 0), (begun_first, 0), (begun_both, 1)], ids=["none", "0", "0, 1"]
)
def test_without_a_timecode_what_began_last_is_meant(
    spool: Spool, before: Callable[[Delivery], None], blamed: int
) -> None:
    put(spool, 2)
    delivery = Delivery(spool)
    send(delivery)
    before(delivery)

    sentence = delivery.heard(ack("ERROR", None, 4006))

    assert f"the fragment at {START + 4000 * blamed} is sent again" in str(sentence)


def test_the_end_of_a_connections_time_is_nobodys_fault(spool: Spool) -> None:
    put(spool, 1)
    delivery = Delivery(spool)
    for _ in range(50):
        send(delivery)
        delivery.heard(ack("ERROR", None, 4003))
        delivery.ended()

    assert left(spool) == [0]
