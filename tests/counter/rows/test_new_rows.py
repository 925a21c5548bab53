from datetime import timedelta

from counter.rows.new_rows import counted_row, gap_row, not_localised_row
from counter.rows.occupancy import Box, Person, Row
from counter.rows.people import Detection
from counter.rows.placing import Frame
from counter.rows.rule import Rule
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source
from ingest.registry.sampling import Sampling
from tests.counter.world import NOON, RETENTION, at, camera

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
BOX = Box(left=0.45, top=0.3, width=0.1, height=0.4)


def test_a_counted_row_keeps_all_people_and_counts_those_at_or_above_the_threshold() -> None:
    till = camera(area="tills", zones={"left": LEFT_HALF, "right": RIGHT_HALF})
    people = (Person(99.5, BOX), Person(95.0, BOX), Person(94.9, BOX))
    frame = Frame("key", till, at(5), at(5) - timedelta(milliseconds=400))
    assert counted_row(frame, at(5), Detection(people, "rekognition/3.0", 99.7), RETENTION) == Row(
        camera_id="till-1",
        instant=at(5),
        store_id="north",
        area="tills",
        sample_every=300,
        source=Source.KVS,
        expires_at=at(5) + RETENTION,
        count=2,
        zones={"left": 0, "right": 2},
        people=people,
        frame_time=at(5) - timedelta(milliseconds=400),
        detector="rekognition/3.0",
        label_confidence=99.7,
        floor=50.0,
        feet=(25 * 64 + 32, 25 * 64 + 32),
        rule=Rule.of(till).digest,
    )


def test_a_gap() -> None:
    pushing = camera(source=Source.PUSH)
    assert gap_row(pushing, at(5), GapReason.NO_FRAME, RETENTION) == Row(
        camera_id="till-1",
        instant=at(5),
        store_id="north",
        area="till-1",
        sample_every=300,
        source=Source.PUSH,
        expires_at=at(5) + RETENTION,
        reason=GapReason.NO_FRAME,
    )


def test_people_that_are_not_localised_leave_the_confidence_of_their_label() -> None:
    found = Detection((), "rekognition/3.0", 97.5, localised=False)
    row = not_localised_row(camera(), at(5), found, RETENTION)
    assert (row.reason, row.count, row.people) == (GapReason.NOT_LOCALISED, None, ())
    assert (row.detector, row.label_confidence, row.floor) == ("rekognition/3.0", 97.5, 50.0)


def test_a_row_has_the_interval_in_force_at_its_instant() -> None:
    changed = camera(every=300).with_sampling(Sampling(420), NOON)
    rows = [gap_row(changed, instant, GapReason.NO_MEDIA, RETENTION) for instant in (at(10), at(15))]
    assert [row.sample_every for row in rows] == [300, 420]
