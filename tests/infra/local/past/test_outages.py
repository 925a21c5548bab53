from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from infra.local.past.chain import chain
from infra.local.past.outages import FRAME_FAILS, Outage, gap_reasons, outages
from infra.local.past.sessions import Session, sessions
from ingest.frames.messages import GapReason

BERLIN, CHICAGO, MADRID = chain(date(2026, 1, 1))
FLOOR, WINDOW = CHICAGO.views[0].camera, CHICAGO.views[1].camera
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LAST = date(2026, 11, 29)
HOUR = timedelta(hours=1)


def _session(day: date) -> Session:
    (found,) = sessions(MADRID.views[0].camera.sampling.opening_hours, "Europe/Madrid", day)
    return found


@pytest.mark.parametrize(
    ("outage", "reasons"),
    [
        (Outage(NOON, NOON + HOUR), [GapReason.NO_MEDIA, GapReason.NO_FRAME]),
        (Outage(NOON, NOON + HOUR, FLOOR.camera_id), [GapReason.NO_MEDIA, None]),
        (Outage(NOON, NOON + HOUR, None, GapReason.EXPIRED), [GapReason.EXPIRED] * 2),
        (Outage(NOON + HOUR, NOON + 2 * HOUR), [None, None]),
        (Outage(NOON - HOUR, NOON), [None, None]),
    ],
)
def test_the_reason_depends_on_how_the_frames_come(outage: Outage, reasons: list[GapReason | None]) -> None:
    assert [outage.reason_for(camera, NOON) for camera in (FLOOR, WINDOW)] == reasons


def test_each_past_has_a_failed_camera_and_a_failed_network() -> None:
    for seed in range(20):
        camera = outages(MADRID, _session(LAST - timedelta(days=2)), LAST, seed)
        network = outages(MADRID, _session(LAST - timedelta(days=5)), LAST, seed)
        assert any(outage.camera_id == "madrid-bar" for outage in camera)
        assert any(outage.camera_id is None and outage.reason is None for outage in network)


def test_outages_lie_in_their_session() -> None:
    for number in range(200):
        session = _session(LAST - timedelta(days=number))
        for outage in outages(MADRID, session, LAST, seed=0):
            assert session.opens <= outage.start < outage.end <= session.closes


def test_rekognition_fails_for_all_shops_on_the_same_days() -> None:
    days = [LAST - timedelta(days=number) for number in range(800)]
    failed = [
        {
            day
            for day in days
            for session in sessions(shop.views[0].camera.sampling.opening_hours, shop.store.time_zone, day)
            for outage in outages(shop, session, LAST, seed=0)
            if outage.reason is GapReason.EXPIRED
        }
        for shop in (CHICAGO, MADRID)
    ]
    assert failed[0] == failed[1] != set()


def test_single_frames_fail_for_each_reason_and_pictures_have_no_broken_video() -> None:
    instants = [NOON + number * timedelta(minutes=5) for number in range(20_000)]
    found = [
        Counter(gap_reasons(camera, instants, [], np.random.default_rng(1))) for camera in (FLOOR, WINDOW)
    ]
    for reason, share in FRAME_FAILS.items():
        assert found[0][reason] == pytest.approx(share * len(instants), abs=12)
    assert GapReason.MEDIA_ERROR not in found[1]
    assert found[1][GapReason.NOT_LOCALISED] > 0
