import pytest

from ingest.gateway.capture.frame_meter import FrameMeter, missing_between


@pytest.mark.parametrize(
    ("times", "missing"),
    [
        ([], 0),
        ([5], 0),
        ([0, 40, 80, 120], 0),
        ([0, 40, 120, 160, 200], 1),
        ([0, 33, 67, 100, 200, 233, 267, 433, 467, 500, 533], 6),
        ([7, 7, 7], 0),
        ([0, 40, 80, 3_600_080, 3_600_120, 3_600_160], 0),
    ],
)
def test_frames_that_are_missing_are_counted(times: list[int], missing: int) -> None:
    assert missing_between(times) == missing


def test_a_meter_measures_some_seconds_at_a_time_and_adds_up_what_is_lost() -> None:
    meter = FrameMeter()
    for opening in range(2):
        meter.begin(100.0 * opening)
        for number in range(530):
            if number % 100 != 50:  # one in four seconds is lost
                meter.count(40 * number, 1000, 100.0 * opening + 0.04 * number)

    assert meter.rates.fps == pytest.approx(25, rel=0.02)
    assert meter.rates.bits_per_second == pytest.approx(25 * 8000, rel=0.02)
    assert meter.rates.lost == 2 * 5
    assert meter.last_packet == pytest.approx(121.16)
