from datetime import timedelta

import pytest

from counter.rows.settings import SharedSettings
from ingest.aws.environ import WrongEnvironment
from tests.counter.invocation import ENVIRON

NEEDED = [
    "CAMERA_TABLE",
    "OCCUPANCY_TABLE",
    "QUARTER_HOUR_TABLE",
    "STORE_TABLE",
    "FRAME_BUCKET",
    "ROW_RETENTION_DAYS",
]


def test_the_settings_come_from_the_environment() -> None:
    assert SharedSettings.from_environ({name: ENVIRON[name] for name in NEEDED}) == SharedSettings(
        "cameras", "occupancy", "quarter-hours", "stores", "frames", timedelta(days=400)
    )


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(WrongEnvironment, match=name):
        SharedSettings.from_environ({key: value for key, value in ENVIRON.items() if key != name})
