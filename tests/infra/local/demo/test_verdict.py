"""Each guarantee that the demo judges can be broken, and then is named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from counter.rows.occupancy import Row, roll_up
from infra.local.demo.late_frame import LateFinding, late_frame
from infra.local.demo.outside_reader import Comparison
from infra.local.demo.verdict import Evidence, broken, compared
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.times import to_text
from tests.infra.local.demo.test_score import SECOND, START, row

CAMERA = Camera("till", "demo", since=START, sampling=Sampling(sample_every=2))
ROWS = [row(0, 0), row(2, 3), row(4, None, GapReason.GOP_TOO_LONG)]
ROLL_UP = "the roll-up of camera till at 2026-11-22T14:00:00.000Z"
ALL_ROWS = "2 counted, 1 gaps, 6 person-seconds"
LATE = late_frame(START, "demo", lambda _: 1)
NAME = f"the late frame of {to_text(LATE.instant)}"
WHOLE = Evidence(
    cameras=[CAMERA],
    due={"till": tuple(CAMERA.due(START, START + 6 * SECOND))},
    rows={"till": ROWS},
    quarters={("till", START): roll_up("till", START, ROWS)},
    frames_left=(),
    early_deletions=(),
    failures=(),
    dead_letters=0,
)


def test_all_is_well() -> None:
    assert broken(WHOLE) == []


def _with_rows(*rows: Row) -> Evidence:
    changed = replace(WHOLE, rows={"till": list(rows)})
    return replace(changed, quarters={("till", START): roll_up("till", START, changed.rows["till"])})


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            _with_rows(ROWS[0], ROWS[2]),
            "1 due instant of camera till has no row: 2026-11-22T14:00:02.000Z",
        ),
        (
            _with_rows(ROWS[0]),
            "2 due instants of camera till have no row, the first 2026-11-22T14:00:02.000Z",
        ),
        (
            _with_rows(*ROWS, row(5, 1)),
            "1 row of camera till is of an instant that is not due: 2026-11-22T14:00:05.000Z",
        ),
        (
            replace(WHOLE, quarters={("till", START): roll_up("till", START, ROWS[:2])}),
            f"{ROLL_UP} is 2 counted, 0 gaps, 6 person-seconds, its rows are {ALL_ROWS}",
        ),
        (
            replace(WHOLE, quarters={("till", START): None}),
            f"{ROLL_UP} is missing, its rows are {ALL_ROWS}",
        ),
        (replace(WHOLE, frames_left=["frame/a"]), "1 frame is left in the bucket: frame/a"),
        (replace(WHOLE, frames_left=["a", "b"]), "2 frames are left in the bucket, the first a"),
        (
            replace(WHOLE, early_deletions=["a", "b"]),
            "2 frames were deleted before their rows were stored, the first a",
        ),
        (replace(WHOLE, failures=["Pull: no"] * 3), "Pull: no (3 times)"),
        (replace(WHOLE, dead_letters=4), "4 messages are in the dead-letter queues"),
        (replace(WHOLE, history=Comparison(1, 2, 3, ("a line is wrong",))), "a line is wrong"),
        (
            replace(WHOLE, late=LateFinding(LATE, [], None, None)),
            f"the day file of {LATE.day} was not written before {NAME} came",
        ),
    ],
)
def test_what_is_broken_is_named(evidence: Evidence, sentence: str) -> None:
    assert broken(evidence) == [sentence]


def test_what_was_compared_is_said() -> None:
    rows = [replace(ROWS[1], instant=LATE.instant)]
    late = LateFinding(LATE, rows, {"counted": 0, "due": 15}, {"counted": 1, "due": 15})
    assert compared(replace(WHOLE, history=Comparison(1, 2, 3), late=late)) == (
        "History: 1 day file with 2 quarter hours of cameras, compared with the roll-ups and 3 rows."
        f" A frame for {LATE.instant:%Y-%m-%d %H:%M} UTC came late: the file of that day had 0 of 15 instants"
        " counted, and now has 1."
    )
    assert compared(WHOLE).endswith(" 0 quarter hours of cameras, compared with the roll-ups and 0 rows.")


def test_gaps_alone_are_not_enough() -> None:
    gaps = [row(seconds, None, GapReason.NO_MEDIA) for seconds in (0, 2, 4)]
    assert broken(_with_rows(*gaps)) == ["nothing was counted"]


def test_many_different_failures_are_cut() -> None:
    sentences = broken(replace(WHOLE, failures=[f"Pull: {number}" for number in range(8)]))
    assert len(sentences) == 6
    assert sentences[-1] == "... and 3 more"


def test_a_camera_that_was_never_due_breaks_nothing_of_its_own() -> None:
    later = replace(CAMERA, since=START + timedelta(hours=1))
    evidence = replace(WHOLE, cameras=[later], due={"till": ()}, rows={"till": []}, quarters={})
    assert broken(evidence) == ["nothing was counted"]
