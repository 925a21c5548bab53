import logging

import pytest

from ingest.gateway.spool.entries import Dropped
from ingest.gateway.status import CameraStatus
from ingest.gateway.status_log import StatusLog

START = 1_795_393_011_685
LIVE = CameraStatus("door", "live", codec="H.264", width=640, height=360)
FAILING = CameraStatus("door", "failing", "rtsp://host does not answer")


def test_only_what_changes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    log = StatusLog()
    for status in (CameraStatus("door"), LIVE, LIVE, FAILING, FAILING, LIVE):
        log.statuses([status, CameraStatus("till", "closed")])

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "camera door: starting"),
        ("INFO", "camera till: closed"),
        ("INFO", "camera door: live (H.264 640x360)"),
        ("WARNING", "camera door: failing: rtsp://host does not answer"),
        ("INFO", "camera door: live (H.264 640x360)"),
    ]


def test_what_was_given_up_is_logged_with_its_span(caplog: pytest.LogCaptureFixture) -> None:
    StatusLog.dropped([("door", Dropped("spool full", 7, START, START + 60_000))])

    assert caplog.messages == [
        "camera door: 7 given up, from 2026-11-23T00:16:51.685Z to 2026-11-23T00:17:51.685Z: spool full"
    ]


@pytest.mark.parametrize(("behind_ms", "way"), [(90_500, "behind"), (-90_500, "ahead of")])
def test_a_wrong_clock_is_logged_with_the_way_out(
    caplog: pytest.LogCaptureFixture, behind_ms: int, way: str
) -> None:
    StatusLog.clock(behind_ms)

    assert caplog.messages == [
        f"clock: this box is 90.5 s {way} AWS, whose time is used from now on: set up its NTP"
    ]
