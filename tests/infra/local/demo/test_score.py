"""Counts against the truth."""

from datetime import datetime, timedelta

import pytest

from counter.rows.occupancy import Row
from infra.local.demo.score import percentile, score
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source
from ingest.times import from_text

START = from_text("2026-11-22T14:00:00Z")
SECOND = timedelta(seconds=1)


def row(seconds: int, count: int | None, reason: GapReason | None = None, late: int = 0) -> Row:
    """One row of camera till; its frame is `late` seconds older than its instant."""
    instant: datetime = START + seconds * SECOND
    return Row(
        camera_id="till",
        instant=instant,
        store_id="demo",
        area="till",
        sample_every=2,
        source=Source.KVS,
        expires_at=START + timedelta(days=400),
        count=count,
        reason=reason,
        frame_time=instant - late * SECOND if count is not None else None,
    )


def test_the_truth_is_that_of_the_frames_time() -> None:
    rows = [row(0, 1), row(2, 2, late=1), row(4, None, GapReason.NO_MEDIA), row(6, 9)]
    # True are 0, 1, 2 ... at seconds 0, 1, 2 ...
    result = score("till", rows, lambda time: int(time - START.timestamp()), roll_ups=1)
    assert (result.rows, result.counted, result.compared, result.equal) == (4, 3, 3, 0)
    result = score("till", rows, lambda time: int(time - START.timestamp()) + 1, roll_ups=1)
    assert (result.equal, result.last, result.last_true) == (2, 9, 7)
    assert result.gaps == {GapReason.NO_MEDIA: 1}


def test_where_nobody_knows_the_truth_nothing_is_compared() -> None:
    result = score("till", [row(0, 1)], lambda _: None, roll_ups=0)
    assert (result.counted, result.compared, result.last, result.last_true) == (1, 0, 1, None)


def test_no_rows_are_a_score_too() -> None:
    result = score("till", [], lambda _: 1, roll_ups=0)
    assert (result.rows, result.last) == (0, None)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 6), (0.95, 10), (0.0, 1), (1.0, 10)])
def test_percentiles_are_of_the_values_themselves(share: float, expected: int) -> None:
    values = [number * SECOND for number in (3, 1, 2, 10, 4, 5, 9, 6, 8, 7)]
    assert percentile(values, share) == expected * SECOND


def test_a_percentile_of_nothing_is_none() -> None:
    assert percentile([], 0.5) is None
