import threading

import pytest

from infra.local.kvs.routes import OPERATIONS
from infra.local.kvs.service.error_ids import DOCUMENT_ERRORS
from infra.local.kvs.service.fault import Fault, FaultKind, InvalidFault
from infra.local.kvs.service.fault_registry import FaultRegistry


@pytest.fixture
def faults() -> FaultRegistry:
    return FaultRegistry({*OPERATIONS, "GetMedia", "GetImages"})


@pytest.mark.parametrize(
    ("after", "times", "struck"),
    [
        (0, 1, [True, False, False, False]),
        (1, 2, [False, True, True, False]),
        (2, None, [False, False, True, True]),
    ],
)
def test_the_first_pass_and_the_next_are_struck(
    faults: FaultRegistry, after: int, times: int | None, struck: list[bool]
) -> None:
    fault = Fault(FaultKind.DROP, after=after, times=times)
    faults.add(fault)

    assert [faults.strike(fault) for _ in struck] == struck
    assert faults.struck == {fault: sum(struck)}


def test_a_fault_added_again_begins_anew_and_one_taken_away_strikes_no_more(faults: FaultRegistry) -> None:
    fault, other = Fault(FaultKind.DROP), Fault(FaultKind.DROP, api="PutMedia")
    faults.add(fault)
    assert faults.strike(fault)
    faults.add(fault)
    assert faults.strike(fault)
    faults.add(other)
    faults.remove(fault)
    faults.remove(fault)
    assert not faults.strike(fault)
    assert faults.struck == {other: 0}
    faults.clear()
    assert faults.struck == {}


def test_an_api_that_nobody_knows_is_named(faults: FaultRegistry) -> None:
    with pytest.raises(
        InvalidFault, match=r"^a fault drop cannot strike 'putMedia': give CreateStream, .*PutMedia"
    ):
        faults.add(Fault(FaultKind.DROP, api="putMedia"))


def test_faults_are_selected_by_api_stream_and_kind(faults: FaultRegistry) -> None:
    drop, stall, other = (
        Fault(FaultKind.DROP, stream="entrance"),
        Fault(FaultKind.STALL, seconds=1, api="PutMedia"),
        Fault(FaultKind.DROP, stream="exit"),
    )
    for fault in (drop, stall, other):
        faults.add(fault)

    assert faults.aimed("PutMedia", "entrance") == [drop, stall]
    assert faults.aimed("PutMedia", "entrance", FaultKind.STALL) == [stall]
    assert faults.aimed("ListFragments", "exit") == [other]
    assert faults.any_aimed("ListFragments")
    faults.remove(drop)
    faults.remove(other)
    assert not faults.any_aimed("ListFragments")


def test_images_are_missing_by_producer_time(faults: FaultRegistry) -> None:
    faults.add(Fault(FaultKind.NO_MEDIA, stream="entrance", start_ms=1000, end_ms=2000, times=None))
    faults.add(Fault(FaultKind.MEDIA_ERROR, start_ms=2000))

    assert [faults.image_error("entrance", time) for time in (999, 1000, 2000, 2001, 2002)] == [
        None,
        "NO_MEDIA",
        "NO_MEDIA",
        "MEDIA_ERROR",
        None,
    ]
    assert faults.image_error("exit", 1500) is None
    assert list(faults.struck.values()) == [2, 1]


@pytest.mark.parametrize("error_id", DOCUMENT_ERRORS)
def test_an_error_in_the_place_of_a_document(faults: FaultRegistry, error_id: int) -> None:
    faults.add(Fault(FaultKind.ERROR_DOCUMENT, api="GetMedia", error_id=error_id, fragment=2))

    assert faults.document_error("GetMediaForFragmentList", "entrance", 2) is None
    assert [faults.document_error("GetMedia", "entrance", nth) for nth in (1, 2, 2)] == [None, error_id, None]


def test_many_threads_strike_just_as_often_as_told(faults: FaultRegistry) -> None:
    fault = Fault(FaultKind.DROP, times=500)
    faults.add(fault)
    hits: list[int] = []

    def beat() -> None:
        hits.append(sum(faults.strike(fault) for _ in range(300)))

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(hits) == 500
