from ingest.gateway.capture.capture_status import CaptureStatus, Video

VIDEO = Video("H.264", 640, 360, 2.0)


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
