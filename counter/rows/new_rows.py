"""New rows from a camera, an instant, and what was found there. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from counter.rows.occupancy import Row
from counter.rows.people import MIN_CONFIDENCE, Detection
from counter.rows.people_count import count_people
from counter.rows.placing import Frame
from counter.rows.rule import Rule
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera


def counted_row(frame: Frame, instant: datetime, detection: Detection, retention: timedelta) -> Row:
    """The row of an instant, counted from the people on its frame."""
    camera = frame.camera
    found = count_people(Rule.of(camera), detection.people)
    return Row(
        camera_id=camera.camera_id,
        instant=instant,
        store_id=camera.store_id,
        area=camera.area,
        sample_every=camera.sampling_at(instant).sample_every,
        source=camera.source,
        expires_at=instant + retention,
        count=found.count,
        zones=found.zones,
        people=detection.people,
        frame_time=frame.frame_time,
        detector=detection.detector,
        label_confidence=detection.label_confidence,
        floor=MIN_CONFIDENCE,
        feet=found.feet,
        rule=found.rule,
    )


def not_localised_row(camera: Camera, instant: datetime, detection: Detection, retention: timedelta) -> Row:
    """The row of an instant whose frame shows people, but not where; it tells how sure the detector was."""
    return replace(
        gap_row(camera, instant, GapReason.NOT_LOCALISED, retention),
        detector=detection.detector,
        label_confidence=detection.label_confidence,
        floor=MIN_CONFIDENCE,
    )


def gap_row(camera: Camera, instant: datetime, reason: GapReason, retention: timedelta) -> Row:
    """The row of an instant that has no count."""
    return Row(
        camera_id=camera.camera_id,
        instant=instant,
        store_id=camera.store_id,
        area=camera.area,
        sample_every=camera.sampling_at(instant).sample_every,
        source=camera.source,
        expires_at=instant + retention,
        reason=reason,
    )
