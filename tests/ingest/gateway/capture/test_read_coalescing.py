from dataclasses import dataclass

import pytest

from ingest.gateway.capture.read_coalescing import (
    PAUSE_BYTES,
    PAUSE_SECONDS,
    READ_MS,
    WAITED_SECONDS,
    ReadCoalescing,
)

FRAME_MS = 40
WAITED, AT_ONCE = WAITED_SECONDS, WAITED_SECONDS / 2


@dataclass(frozen=True)
class Read:
    """One frame: when it was read, in s behind when it was sent, and the rest after it."""

    late: float
    rest: float


def read(
    seconds: int, *, cost: float = 0.0002, size: int = 10_000, behind: float = 0, fps: int = 25
) -> list[Read]:
    """Reads a camera that sends its frames in time; each takes `cost` s, the first arrives late."""
    coalescing, now, reads = ReadCoalescing(), behind, []
    for place in range(fps * seconds):
        sent, asked = place / fps, now
        now = max(now, sent) + cost
        rest = coalescing.pause(round(1000 * sent), size, now - asked)
        reads.append(Read(now - sent, rest))
        now += rest
    return reads


def test_several_frames_gather_for_each_that_is_waited_for() -> None:
    reads = read(60)
    at_once = [packet for packet in reads if packet.late > FRAME_MS / 1000]
    assert len(at_once) > len(reads) / 2
    assert max(packet.late for packet in reads) <= PAUSE_SECONDS + 0.01
    assert {packet.rest for packet in reads} == {0, PAUSE_SECONDS}


@pytest.mark.parametrize(("bits_per_second", "seconds"), [(4e6, 0.2), (8e6, 0.1), (16e6, 0.05)])
def test_no_more_gathers_than_a_receive_buffer_holds(bits_per_second: float, seconds: float) -> None:
    longest = max(packet.rest for packet in read(10, size=round(bits_per_second / 8 / 25)))
    assert longest == pytest.approx(seconds, rel=0.2)
    assert longest * bits_per_second / 8 <= PAUSE_BYTES * 1.01


@pytest.mark.parametrize(
    ("behind", "cost"),
    [
        pytest.param(30.0, 0.0002, id="half a minute behind"),
        pytest.param(5.0, 0.02, id="so busy a machine that each read looks like waiting"),
        pytest.param(0.0, 0.035, id="a machine that just keeps up"),
    ],
)
def test_a_reader_that_is_behind_catches_up(behind: float, cost: float) -> None:
    assert max(packet.late for packet in read(180, cost=cost, behind=behind)[-25 * 30 :]) < 0.3


def test_a_camera_with_few_frames_is_left_alone() -> None:
    rests = [packet.rest for packet in read(60, fps=2)]
    assert sum(map(bool, rests)) <= 12


@pytest.mark.parametrize("step_ms", [0, -40])
def test_a_camera_whose_clock_stands_still_or_runs_back_is_read_without_a_rest(step_ms: int) -> None:
    coalescing = ReadCoalescing()
    assert {coalescing.pause(step_ms * place, 1000, WAITED) for place in range(100)} == {0}


def test_a_clock_that_jumps_costs_one_rest() -> None:
    coalescing = ReadCoalescing()
    assert coalescing.pause(0, 1000, WAITED) == 0
    assert coalescing.pause(10**9, 1000, WAITED) == PAUSE_SECONDS
    assert coalescing.pause(0, 1000, AT_ONCE) == 0
    assert coalescing.pause(READ_MS - 1, 1000, WAITED) == 0
    assert coalescing.pause(READ_MS, 1000, WAITED) == PAUSE_SECONDS
