import numpy as np

from counter.analytics.columns import ABSENT, Columns, Histograms, quarter_number, quarter_time
from counter.history.lines import HistoryLine, encode, parse
from ingest.frames.messages import GapReason
from ingest.times import from_text
from tests.counter.analytics.lines import line

MORNING = line("2026-11-22T09:00:00Z", [1, 2, None], zones={"till": [0, 1]})
NOON = line("2026-11-22T12:00:00Z", [4, 4, 4], camera="back", area="yard")
EVENING = line("2026-11-22T18:00:00Z", [None, None, None], reason="no_frame")


def test_a_line_becomes_an_entry_of_each_column() -> None:
    columns = Columns.of([MORNING, NOON])
    assert columns.cameras == ("back", "door")
    assert columns.areas == ("floor", "yard")
    assert columns.reasons == ("no_media",)
    assert columns.camera.tolist() == [1, 0]
    assert columns.area.tolist() == [0, 1]
    assert columns.quarter.tolist() == [quarter_number(MORNING.start), quarter_number(NOON.start)]
    assert columns.due.tolist() == [3, 3]
    assert columns.counted.tolist() == [2, 3]
    assert columns.gaps.tolist() == [[1], [0]]
    assert columns.person_seconds.tolist() == [900, 3600]
    assert columns.counted_seconds.tolist() == [600, 900]
    assert columns.histograms.lines.tolist() == [0, 0, 1]
    assert columns.histograms.counts.tolist() == [1, 2, 4]
    assert columns.histograms.instants.tolist() == [1, 1, 3]
    assert columns.zones["till"].person_seconds.tolist() == [300, ABSENT]
    assert columns.zones["till"].histograms.counts.tolist() == [0, 1]


def test_lines_as_json_has_them_give_the_same_columns() -> None:
    history = [
        HistoryLine(
            "berlin-1", "door", "floor", MORNING.start, MORNING.start, 2, 3, 900, 600, 1, 2,
            gaps_by_reason={GapReason.NO_MEDIA: 1}, zone_person_seconds={"till": 300},
            histogram={1: 1, 2: 1}, zone_histograms={"till": {0: 1, 1: 1}},
        ),
        HistoryLine("berlin-1", "back", "yard", NOON.start, NOON.start, 0, 3, 0, 0, None, None),
    ]  # fmt: skip
    lines, objects = Columns.of(history), Columns.of_objects(parse(map(encode, history)))
    for columns in (lines, objects):
        assert columns.cameras == ("back", "door")
        assert columns.reasons == ("no_media",)
        assert columns.gaps.tolist() == [[1], [0]]
        assert columns.quarter.tolist() == [quarter_number(MORNING.start), quarter_number(NOON.start)]
        assert columns.histograms.counts.tolist() == [1, 2]
        assert columns.zones["till"].person_seconds.tolist() == [300, ABSENT]
        assert columns.zones["till"].histograms.counts.tolist() == [0, 1]


def test_days_are_joined_as_if_they_had_been_one() -> None:
    days = Columns.concatenated([Columns.of([EVENING]), Columns.of([NOON, MORNING]), Columns.of(())])
    at_once = Columns.of([EVENING, NOON, MORNING])
    assert (days.cameras, days.areas, days.reasons) == (at_once.cameras, at_once.areas, at_once.reasons)
    for name in ("camera", "area", "quarter", "due", "counted", "gaps", "person_seconds", "counted_seconds"):
        np.testing.assert_array_equal(getattr(days, name), getattr(at_once, name), err_msg=name)
    for name in ("offsets", "counts", "instants"):
        np.testing.assert_array_equal(getattr(days.histograms, name), getattr(at_once.histograms, name))
        np.testing.assert_array_equal(
            getattr(days.zones["till"].histograms, name), getattr(at_once.zones["till"].histograms, name)
        )
    assert days.zones["till"].person_seconds.tolist() == [ABSENT, ABSENT, 300]


def test_nothing_is_a_value() -> None:
    assert len(Columns.concatenated([])) == 0
    assert len(Columns.of(())) == 0


def test_chosen_lines_keep_their_histograms() -> None:
    columns = Columns.of([MORNING, NOON, EVENING])
    chosen = columns.where(columns.camera == columns.cameras.index("door"))
    assert chosen.quarter.tolist() == [quarter_number(MORNING.start), quarter_number(EVENING.start)]
    assert chosen.histograms.counts.tolist() == [1, 2]
    assert chosen.histograms.offsets.tolist() == [0, 2, 2]
    assert chosen.gaps.tolist() == [[0, 1], [3, 0]]


def test_histograms_may_be_empty() -> None:
    found = Histograms.of([{}, {2: 1}, {}])
    assert found.offsets.tolist() == [0, 0, 1, 1]
    assert found.lines.tolist() == [1]


def test_a_quarter_hour_has_a_number() -> None:
    assert quarter_number(from_text("1970-01-01T00:29:59Z")) == 1
    assert quarter_time(1) == from_text("1970-01-01T00:15:00Z")
