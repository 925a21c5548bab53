from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.kvs.put_media.session import FragmentCompleted, IngestSession, SessionFailed
from infra.local.kvs.service.fragments import FragmentNumbers
from infra.local.kvs.service.limits import Limits
from ingest.gateway.capture.fragmenting import (
    MAX_BYTES,
    MAX_SPAN_MS,
    Fragmenter,
    Packet,
    VideoFragment,
    long_gop,
)
from ingest.gateway.config.sending import Send
from ingest.kvs import mkv
from ingest.kvs.video import Track

if TYPE_CHECKING:
    from infra.local.kvs.put_media.session import IngestEvent

START = 1_795_393_011_685
TRACK = Track(1, "V_MPEG4/ISO/AVC", b"\x01\x64", 640, 360)


def gops(count: int, gop_ms: int, frame_ms: int = 40) -> list[Packet]:
    """Groups of pictures without B-frames; the data of each packet is its time."""
    times = range(0, count * gop_ms, frame_ms)
    return [Packet(START + time, str(time).encode(), keyframe=time % gop_ms == 0) for time in times]


def fragments(packets: Iterable[Packet], send: Send) -> list[VideoFragment]:
    fragmenter = Fragmenter(TRACK, send)
    whole = [fragment for packet in packets for fragment in fragmenter.add(packet)]
    return whole + fragmenter.flush()


def accepted(made: Sequence[VideoFragment]) -> "list[IngestEvent]":
    """What KVS makes of them by its own rules."""
    session = IngestSession(0, Limits(), FragmentNumbers(START))
    body = mkv.header([TRACK]) + b"".join(fragment.cluster() + mkv.END_OF_FRAGMENT for fragment in made)
    return [*session.feed(body, START), *session.end()]


def times(fragment: VideoFragment) -> list[int]:
    return [fragment.timecode_ms + block.relative_ms - START for block in fragment.blocks]


@pytest.mark.parametrize(
    ("gop_ms", "expected"),
    [
        (200, [[0, 200, 400, 600, 800, 1000], [1200, 1400, 1600, 1800]]),
        (600, [[0, 600, 1200], [1800, 2400, 3000], [3600, 4200, 4800], [5400]]),
        (1000, [[0, 1000], [2000, 3000], [4000, 5000], [6000, 7000], [8000, 9000]]),
        (15_000, [[0, 15_000], [30_000, 45_000], [60_000, 75_000], [90_000, 105_000], [120_000, 135_000]]),
        (19_000, [[0, 19_000], [38_000, 57_000], [76_000, 95_000], [114_000, 133_000], [152_000, 171_000]]),
    ],
)
def test_keyframes_alone_are_grouped_to_a_second_at_least(gop_ms: int, expected: list[list[int]]) -> None:
    made = fragments(gops(10, gop_ms), Send.KEYFRAMES)

    assert [times(fragment) for fragment in made] == expected


@pytest.mark.parametrize(
    ("gop_ms", "starts"),
    [
        (200, [0, 1000]),
        (600, [0, 1200, 2400, 3600, 4800]),
        (1000, list(range(0, 10_000, 1000))),
        (4000, list(range(0, 40_000, 4000))),
    ],
)
def test_all_packets_go_out_a_fragment_for_each_group_of_a_second(gop_ms: int, starts: list[int]) -> None:
    packets = gops(10, gop_ms)
    made = fragments(packets, Send.ALL)

    assert [fragment.timecode_ms - START for fragment in made] == starts
    assert [block.data for fragment in made for block in fragment.blocks] == [
        packet.data for packet in packets
    ]


def test_a_long_group_is_sent_as_far_as_a_fragment_reaches() -> None:
    fragmenter = Fragmenter(TRACK, Send.ALL)
    made = [fragment for packet in gops(3, 60_000) for fragment in fragmenter.add(packet)]
    made += fragmenter.flush()

    assert [(times(fragment)[0], times(fragment)[-1]) for fragment in made] == [
        (0, 19_000),
        (60_000, 79_000),
        (120_000, 139_000),
    ]
    assert fragmenter.skipped == 3 * (60_000 - 19_000 - 40) // 40
    assert fragmenter.gop_ms == 60_000


def test_where_keyframes_are_too_far_apart_the_frames_behind_them_fill_the_second() -> None:
    made = fragments(gops(3, 60_000), Send.KEYFRAMES)

    assert times(made[0]) == [0]  # the next one is too far away, but that is not known yet
    assert [times(fragment) for fragment in made[1:]] == [
        list(range(60_000, 61_001, 40)),
        list(range(120_000, 121_001, 40)),
    ]


@pytest.mark.parametrize(("gop_ms", "long"), [(4_000, False), (19_000, False), (30_000, True)])
def test_a_long_group_is_named_with_the_setting_to_change(gop_ms: int, *, long: bool) -> None:
    sentence = long_gop(gop_ms)

    assert (sentence is not None) == long
    if sentence:
        assert sentence == long_gop(gop_ms + 1_000)
        assert "keyframe interval" in sentence


def test_a_group_is_long_before_its_end() -> None:
    fragmenter = Fragmenter(TRACK, Send.KEYFRAMES)
    for packet in gops(1, 25_000):
        fragmenter.add(packet)

    assert fragmenter.gop_ms == 24_960


def test_b_frames_keep_their_times_and_their_order() -> None:
    """An open group: the pictures before the second keyframe come after it."""
    shown = [0, 120, 40, 80, 1200, 160, 200, 1320, 1240, 1280, 2400]
    packets = [Packet(START + time, str(time).encode(), keyframe=time % 1200 == 0) for time in shown]
    made = fragments(packets, Send.ALL)

    assert [times(fragment) for fragment in made] == [
        [0, 120, 40, 80],
        [1200, 160, 200, 1320, 1240, 1280],
        [2400],
    ]
    assert made[1].first_ms == START + 160
    assert not any(isinstance(event, SessionFailed) for event in accepted(made))


def test_a_time_that_kvs_would_refuse_is_moved_behind_the_fragment_before() -> None:
    packets = [*gops(1, 2000), Packet(START + 1960, b"again", keyframe=True), *gops(3, 2000)[51:]]
    made = fragments(packets, Send.ALL)

    assert made[1].timecode_ms == START + 1961
    assert not any(isinstance(event, SessionFailed) for event in accepted(made))


def test_nothing_is_sent_before_the_first_keyframe() -> None:
    packets = gops(2, 2000)[10:]

    assert [times(fragment)[0] for fragment in fragments(packets, Send.ALL)] == [2000]


def test_a_fragment_keeps_kvs_size() -> None:
    big = bytes(MAX_BYTES // 3)
    packets = [Packet(START + 40 * number, big, keyframe=number == 0) for number in range(5)]
    fragmenter = Fragmenter(TRACK, Send.ALL)
    for packet in packets:
        assert not fragmenter.add(packet)

    (made,) = fragmenter.flush()
    assert len(made.blocks) == 3
    assert fragmenter.skipped == 2


@given(
    st.lists(st.tuples(st.integers(-3_000, 25_000), st.booleans()), max_size=80),
    st.sampled_from(Send),
)
def test_whatever_comes_kvs_takes_every_fragment(steps: list[tuple[int, bool]], send: Send) -> None:
    """Even garbage: times that jump back and forth, keyframes anywhere."""
    time = START
    packets = []
    for step, keyframe in steps:
        time += step
        packets.append(Packet(time, b"x", keyframe))
    made = fragments(packets, send)

    events = accepted(made)
    assert not [event for event in events if isinstance(event, SessionFailed)]
    assert sum(isinstance(event, FragmentCompleted) for event in events) == len(made)
    for fragment in made:
        assert fragment.blocks[0].keyframe
        assert fragment.last_ms - fragment.first_ms <= MAX_SPAN_MS
    for before, after in pairwise(made):
        assert after.first_ms > before.last_ms


@given(st.lists(st.integers(40, 3_000), min_size=2, max_size=60), st.sampled_from(Send))
def test_no_more_than_five_fragments_start_in_a_second(steps: list[int], send: Send) -> None:
    time = START
    packets = []
    for step in steps:
        time += step
        packets.append(Packet(time, b"x", keyframe=True))
    starts = [fragment.timecode_ms for fragment in fragments(packets, send)]

    assert all(after - before >= 1000 for before, after in pairwise(starts))
