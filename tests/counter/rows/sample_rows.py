"""A counted row and a gap."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from counter.rows.occupancy import Box, Person, Row
from ingest.frames.messages import GapReason
from ingest.registry.camera import Source

QUARTER = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)

COUNTED = Row(
    camera_id="till-1",
    instant=QUARTER + timedelta(minutes=5),
    store_id="north",
    area="tills",
    sample_every=300,
    source=Source.KVS,
    expires_at=QUARTER + timedelta(days=400),
    count=1,
    zones={"entry": 1, "shelf": 0},
    people=(
        Person(99.5, Box(0.25, 0.0, 0.5, 1.0)),
        Person(81.123456789, Box(-0.01, 0.1, 0.2, 0.30000001192092896)),
    ),
    frame_time=QUARTER + timedelta(minutes=4, seconds=59, milliseconds=123),
    detector="rekognition/3.0",
    label_confidence=99.7,
    floor=50.0,
    feet=(672,),
    rule="0123456789abcdef",
    digest="0123456789abcdef",
)
EMPTY = replace(COUNTED, count=0, zones={}, people=(), label_confidence=None, feet=())
NOT_LOCALISED = replace(
    COUNTED,
    count=None,
    zones={},
    people=(),
    frame_time=None,
    reason=GapReason.NOT_LOCALISED,
    feet=None,
    rule=None,
)
GAP = replace(
    NOT_LOCALISED, detector=None, label_confidence=None, floor=None, digest=None, reason=GapReason.NO_MEDIA
)
