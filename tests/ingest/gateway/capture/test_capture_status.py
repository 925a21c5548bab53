import pytest

from ingest.gateway.capture.capture_status import CaptureStatus, Transition, Video

VIDEO = Video("H.264", 640, 360, 2.0)
LIVE = CaptureStatus("live", None, VIDEO, openings=2, skipped=3)
FAILING = CaptureStatus("failing", "it is gone", VIDEO, openings=2, skipped=3)


@pytest.mark.parametrize(
    ("before", "transition", "after"),
    [
        (CaptureStatus(), CaptureStatus.opening, CaptureStatus("starting", openings=1)),
        (LIVE, CaptureStatus.opening, CaptureStatus("live", None, VIDEO, openings=3, skipped=3)),
        (
            FAILING,
            CaptureStatus.opening,
            CaptureStatus("failing", "it is gone", VIDEO, openings=3, skipped=3),
        ),
        (CaptureStatus(), lambda status: status.failing("it is off"), CaptureStatus("failing", "it is off")),
        (LIVE, lambda status: status.failing("it is gone"), FAILING),
        (
            FAILING,
            lambda status: status.failing("it is off"),
            CaptureStatus("failing", "it is off", VIDEO, openings=2, skipped=3),
        ),
        (CaptureStatus(), lambda status: status.live("cam", VIDEO, 0), CaptureStatus("live", None, VIDEO)),
        (FAILING, lambda status: status.live("cam", VIDEO, 0), LIVE),
        (
            LIVE,
            lambda status: status.live("cam", VIDEO, 4),
            CaptureStatus("live", None, VIDEO, openings=2, skipped=7),
        ),
        (LIVE, CaptureStatus.closed, CaptureStatus("closed", openings=2)),
        (FAILING, CaptureStatus.closed, CaptureStatus("closed", openings=2)),
        (LIVE, CaptureStatus.stopped, CaptureStatus("stopped", None, VIDEO, openings=2, skipped=3)),
        (
            FAILING,
            CaptureStatus.stopped,
            CaptureStatus("stopped", "it is gone", VIDEO, openings=2, skipped=3),
        ),
    ],
)
def test_what_each_event_changes(before: CaptureStatus, transition: Transition, after: CaptureStatus) -> None:
    assert transition(before) == after


def test_what_is_known_survives_a_failure_and_not_the_closing() -> None:
    live = CaptureStatus().opening().live("rtsp://host", VIDEO, 3)
    failing = live.failing("it is gone")
    again = failing.opening().live("rtsp://host", VIDEO, 2)

    assert (failing.state, failing.problem, failing.video) == ("failing", "it is gone", VIDEO)
    assert (again.state, again.problem, again.openings, again.skipped) == ("live", None, 2, 5)
    assert again.closed() == CaptureStatus("closed", openings=2)
    assert again.stopped().state == "stopped"


def test_keyframes_that_are_too_far_apart_are_a_problem_of_a_live_camera() -> None:
    live = CaptureStatus().live("rtsp://host", Video("H.264", 640, 360, 25.0), 0)

    assert live.state == "live"
    assert str(live.problem).startswith("rtsp://host: its keyframes are more than 19 s apart")
