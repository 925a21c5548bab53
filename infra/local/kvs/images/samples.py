"""Chooses the frame for each sample time of GetImages. Pure.

AWS does not document which frame it takes. Here it is the last frame at or before the sample time, keyframe
or not, unless it is older than `reach_ms`.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra.local.kvs.service.fragments import StoredFragment


@dataclass(frozen=True)
class CandidateFrame:
    """A frame that may become an image: its time, its fragment and its time in the fragment."""

    time_ms: int
    stored: StoredFragment
    relative_ms: int


def sample_times(start_us: int, end_us: int, interval_ms: int) -> range:
    """Microseconds: the start and each interval after it, up to and including the end."""
    return range(start_us, end_us + 1, interval_ms * 1000)


def may_show(begins_ms: int, length_ms: int, samples: Iterable[int], reach_ms: int) -> bool:
    """Whether a fragment can contain the image of any of the sample times."""
    latest_ms = begins_ms + length_ms + reach_ms
    return any(begins_ms * 1000 <= sample <= latest_ms * 1000 for sample in samples)


def candidate_frames(
    stored: StoredFragment, begins_ms: int, relative_times: Iterable[int]
) -> list[CandidateFrame]:
    """The frames of a fragment, without those before its own time: they precede its keyframe."""
    return [
        CandidateFrame(begins_ms + relative, stored, relative) for relative in relative_times if relative >= 0
    ]


def choose(
    samples: Iterable[int], frames: Sequence[CandidateFrame], reach_ms: int
) -> Mapping[int, CandidateFrame]:
    """The frame for each sample time that has one. Of two frames at the same time, the later in `frames`."""
    ordered = sorted(frames, key=lambda frame: frame.time_ms)
    times = [frame.time_ms for frame in ordered]
    chosen = {}
    for sample in samples:
        index = bisect_right(times, sample // 1000) - 1
        if index >= 0 and sample - times[index] * 1000 <= reach_ms * 1000:
            chosen[sample] = ordered[index]
    return chosen
