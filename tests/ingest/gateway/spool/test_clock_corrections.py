"""A clock that was wrong while a spool was filled: what waits gets its true times when it is read."""

import asyncio
from pathlib import Path

import pytest

from ingest.gateway.config.sending import Send
from ingest.gateway.spool.clock_corrections import ClockCorrection, ClockCorrections
from ingest.gateway.spool.spool import Bounds, Spool
from ingest.gateway.uplink.documents import divide
from tests.ingest.gateway.capture.test_fragmenting import fragments, gops
from tests.ingest.gateway.conftest import START, Kvs, until_empty
from tests.ingest.gateway.spool.test_spool import spans

BOUNDS = Bounds(10_000)
DAY = 86_400_000


def corrections(*pairs: tuple[int, int]) -> ClockCorrections:
    return ClockCorrections(tuple(ClockCorrection(*pair) for pair in pairs))


@pytest.mark.parametrize(
    ("known", "of"),
    [
        (corrections(), [0, 0, 0, 0]),
        (corrections((3, DAY)), [0, 0, DAY, DAY]),
        (corrections((2, DAY), (4, 0)), [0, DAY, DAY, 0]),
    ],
)
def test_a_correction_holds_up_to_the_next(known: ClockCorrections, of: list[int]) -> None:
    assert [known.of(number) for number in range(1, 5)] == of
    assert known.latest_ms == of[-1]
    assert ClockCorrections.parsed(["probe", "000000000001_1_2_00000000", *known.names]) == known


@pytest.mark.parametrize(
    ("known", "waiting", "expected"),
    [
        (corrections(), [1, 2], corrections()),
        (corrections((3, DAY)), [], corrections()),
        (corrections((3, DAY)), [1, 2], corrections()),
        (corrections((3, DAY)), [3, 4], corrections((3, DAY), (9, 0))),
        (corrections((3, DAY), (5, 0)), [4, 6], corrections((3, DAY), (5, 0))),
        (corrections((3, DAY), (5, 7)), [5], corrections((5, 7), (9, 0))),
    ],
)
def test_a_new_run_keeps_what_is_still_needed(
    known: ClockCorrections, waiting: list[int], expected: ClockCorrections
) -> None:
    assert known.for_new_run(waiting, 9) == expected


def test_what_this_run_has_put_gets_other_times_that_last(tmp_path: Path) -> None:
    """A wrong clock is corrected: what an earlier run put keeps its times."""
    before = Spool(tmp_path, BOUNDS)
    before.put(1_000, 2_000, b"before", 2_000)
    spool = Spool(tmp_path, BOUNDS)
    entry = spool.put(5_000, 6_000, b"one", 6_000)
    spool.correct(DAY, whole_run=True)
    spool.correct(DAY - 400_000, whole_run=True)
    spool.put(10_000, 20_000, b"two", 20_000)

    again = Spool(tmp_path, BOUNDS)
    for found in (spool, again):
        assert spans(found) == [
            (1_000, 2_000, 0, b"before"),
            (86_005_000, 86_006_000, 86_000_000, b"one"),
            (86_010_000, 86_020_000, 86_000_000, b"two"),
        ]
    assert spool.read(entry) == b"one"  # an entry from before the correction can still be read
    assert spool.remove(entry)
    assert [data for *_, data in spans(Spool(tmp_path, BOUNDS))] == [b"before", b"two"]


def test_a_later_correction_leaves_what_was_right(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    spool.correct(DAY, whole_run=True)
    spool.put(1_000, 2_000, b"one", 2_000)
    spool.correct(DAY + 5_000, whole_run=False)
    spool.put(3_000, 4_000, b"two", 4_000)
    again = Spool(tmp_path, BOUNDS)
    again.put(DAY + 9_000, DAY + 9_000, b"three", DAY + 9_000)

    for found in (again, Spool(tmp_path, BOUNDS)):
        assert [(first, data) for first, *_, data in spans(found)] == [
            (DAY + 1_000, b"one"),
            (DAY + 8_000, b"two"),
            (DAY + 9_000, b"three"),
        ]


def test_an_empty_spool_leaves_no_corrections(tmp_path: Path) -> None:
    spool = Spool(tmp_path, BOUNDS)
    spool.correct(DAY, whole_run=True)
    entry = spool.put(1_000, 2_000, b"one", 2_000)
    spool.remove(entry)
    assert [path.name for path in tmp_path.iterdir()] == [f"clock_000000000001_{DAY}"]

    again = Spool(tmp_path, BOUNDS)
    assert list(tmp_path.iterdir()) == []
    again.correct(DAY, whole_run=True)
    again.close()
    assert not tmp_path.exists()


@pytest.mark.parametrize("by_ms", [50 * 365 * DAY, -DAY])
@pytest.mark.parametrize("send", Send)
def test_a_clock_that_is_set_in_mid_stream_moves_all_that_is_held(
    tmp_path: Path, send: Send, by_ms: int
) -> None:
    """With what was read before by a wrong clock, and after it is known, intervals are the camera's."""
    packets = gops(10, 600)
    spool = Spool(tmp_path, Bounds(1_000_000))
    for made in fragments(packets, send)[:2]:
        spool.put(made.first_ms, made.last_ms, made.document(), made.last_ms, ages=False)
    spool.correct(by_ms, whole_run=True)
    for made in fragments(packets, send)[2:]:
        spool.put(made.first_ms, made.last_ms, made.document(), made.last_ms, ages=False)

    later = [type(packet)(packet.time_ms + by_ms, packet.data, packet.keyframe) for packet in packets]
    expected = fragments(later, send)
    found = [(divide(data, shift_ms), last_ms) for _, last_ms, shift_ms, data in spans(spool)]
    assert [(item.timecode_ms, last_ms) for item, last_ms in found] == [
        (item.timecode_ms, item.last_ms) for item in expected
    ]
    assert [bytes(item.cluster) for item, _ in found] == [item.cluster() for item in expected]


WRITTEN_BEFORE = {
    "000000000001_1795393011685_1795393013685_ea8e603b": (
        "1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61428781024285810218538067ff1549a966be73"
        "a4907839302b0c314c76d9759f567f4b3b442ad7b1830f42404d808f73746f72652d6f63637570616e637957418f73746f7265"
        "2d6f63637570616e63791654ae6bb3aeb1d7810173c5880000000000000001838101868f565f4d504547342f49534f2f415643"
        "63a2820164e088b0820280ba8201681f43b675ffe788000001a205c33fe5a3858100008030a3858103e80030a3858107d00030"
    ),
    # By a clock that was a day behind.
    "000000000002_1795393015685_1795393017685_c405af22_86400000": (
        "1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61428781024285810218538067ff1549a966be73"
        "a490e802efa3515b93a8b9fe630c5ef32a952ad7b1830f42404d808f73746f72652d6f63637570616e637957418f73746f7265"
        "2d6f63637570616e63791654ae6bb3aeb1d7810173c5880000000000000001838101868f565f4d504547342f49534f2f415643"
        "63a2820164e088b0820280ba8201681f43b675ffe788000001a2009cf385a3858100008031a3858103e80031a3858107d00031"
    ),
}
"""Two fragments of 2 s, 4 s apart, as gateways wrote them that corrected the names of files."""


def test_a_spool_of_an_earlier_gateway_is_delivered_with_its_times(kvs: Kvs, tmp_path: Path) -> None:
    for name, data in WRITTEN_BEFORE.items():
        (tmp_path / name).write_bytes(bytes.fromhex(data))
    spool = Spool(tmp_path, Bounds(10_000))
    spool.correct(3_600_000, whole_run=True)  # of what comes, not of what waits
    assert [entry[:3] for entry in spans(spool)] == [
        (START, START + 2_000, 0),
        (START + 4_000, START + 6_000, DAY),
    ]

    async def run() -> None:
        async with kvs.publisher(spool):
            await until_empty(spool)

    asyncio.run(run())
    assert kvs.blocks() == [
        (START + 4_000 * place + time, b"%d" % place, time == 0)
        for place in (0, 1)
        for time in (0, 1_000, 2_000)
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["clock_000000000003_3600000"]
