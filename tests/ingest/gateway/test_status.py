import pytest

from ingest.gateway.status import CameraStatus, prometheus


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (CameraStatus("door", "live"), 0),
        (CameraStatus("door", "live", "KVS does not answer"), 1),
        (CameraStatus("door", "failing"), 1),
        (CameraStatus("door", "closed"), 0),
    ],
)
def test_a_problem_is_a_number_too(status: CameraStatus, value: int) -> None:
    """The state of a live camera does not show that its uplink is down."""
    assert f'occupancy_gateway_camera_problem{{camera="door"}} {value}\n' in prometheus([status])
    assert status.is_healthy is not bool(value)


def test_each_metric_says_what_it_is() -> None:
    lines = prometheus([CameraStatus("door"), CameraStatus("till")]).splitlines()
    names = [line.partition("{")[0] for line in lines if not line.startswith("#")]
    assert names
    for name in names:
        assert sum(line.startswith(f"# HELP {name} ") for line in lines) == 1
        assert sum(line.startswith(f"# TYPE {name} ") for line in lines) == 1
