"""Which frame is the image of which sample time: the rule of GetImages, pure.

AWS does not say which frame it takes between two samples. Here it is the last one at or before the sample
time, keyframe or not, unless it is older than the reach.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from infra.local.kvs.service.fragments import StoredFragment


@dataclass(frozen=True)
class CandidateFrame:
    """One frame that may become an image: its time, and where it is found."""

    time_ms: int
    stored: StoredFragment
    relative_ms: int


def sample_times(start_us: int, end_us: int, interval_ms: int) -> range:
    """Microseconds: the start and each interval after it, to the end, which is included."""
    return range(start_us, end_us + 1, interval_ms * 1000)


def may_show(begins_ms: int, length_ms: int, samples: Iterable[int], reach_ms: int) -> bool:
    """Whether a fragment can hold the image of any of the sample times."""
    latest_ms = begins_ms + length_ms + reach_ms
    return any(begins_ms * 1000 <= sample <= latest_ms * 1000 for sample in samples)


def candidate_frames(
    stored: StoredFragment, begins_ms: int, relative_times: Iterable[int]
) -> list[CandidateFrame]:
    """A fragment's frames. Those before its own time precede its keyframe, and are never shown."""
    return [
        CandidateFrame(begins_ms + relative, stored, relative) for relative in relative_times if relative >= 0
    ]


def choose(
    samples: Iterable[int], shots: Sequence[CandidateFrame], reach_ms: int
) -> Mapping[int, CandidateFrame]:
    """The frame of each sample time that has one. Of two at the same time, the one that is named last."""
    ordered = sorted(shots, key=lambda shot: shot.time_ms)
    times = [shot.time_ms for shot in ordered]
    chosen = {}
    for sample in samples:
        index = bisect_right(times, sample // 1000) - 1
        if index >= 0 and sample - times[index] * 1000 <= reach_ms * 1000:
            chosen[sample] = ordered[index]
    return chosen
