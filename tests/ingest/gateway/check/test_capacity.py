from typing import Any

import pytest

from ingest.gateway.check.capacity import spool_shortage, uplink_shortage
from ingest.gateway.check.findings import Finding
from ingest.gateway.config.settings import GatewaySettings, parse

MUCH = Finding("door", bits_per_second=4e6, keyframe_bits_per_second=0.8e6)  # 1.8 and 0.36 GB an hour
LITTLE = Finding("till", bits_per_second=1e6, keyframe_bits_per_second=0.2e6)
PICTURES = Finding("yard", codec="JPEG of 80 kB")


def settings(**other: Any) -> GatewaySettings:
    cameras = {name: {"url": "rtsp://127.0.0.1/"} for name in ("door", "till", "yard")}
    names = {"store": "shop", "registry_table": "cameras", "frame_bucket": "frames"}
    return parse({**names, "cameras": cameras, **other}, "gateway.yaml")


@pytest.mark.parametrize(
    ("max_gb", "other", "span", "enough"),
    [
        (10, {}, "9.2 h", "13 for an outage of 24 h, 12 of them open"),
        (10, {"send": "all"}, "111 min", "65 for an outage of 24 h, 12 of them open"),
        (25, {"only_open": False}, "23.1 h", "26 for an outage of 24 h"),
    ],
)
def test_a_spool_that_is_too_small_is_named(
    max_gb: float, other: dict[str, Any], span: str, enough: str
) -> None:
    given = settings(spool={"max_gb": max_gb}, **other)

    assert spool_shortage([LITTLE, MUCH, PICTURES], given, hours=12) == (
        f"the spool can hold {span} of camera 'door' (each camera has an equal share): set spool.max_gb to"
        f" {enough}"
    )


@pytest.mark.parametrize(("max_gb", "other"), [(13, {}), (65, {"send": "all"}), (26, {"only_open": False})])
def test_what_was_told_is_enough(max_gb: float, other: dict[str, Any]) -> None:
    given = settings(spool={"max_gb": max_gb}, **other)
    assert spool_shortage([LITTLE, MUCH, PICTURES], given, hours=12) is None


@pytest.mark.parametrize(
    ("max_age_hours", "outage"),
    [(2, "2 h"), (12, "12 h"), (13, "13 h, 12 of them open"), (50, "50 h, 26 of them open")],
)
def test_an_outage_may_begin_when_the_shop_opens(max_age_hours: float, outage: str) -> None:
    given = settings(spool={"max_gb": 1, "max_age_hours": max_age_hours})
    sentence = spool_shortage([MUCH], given, hours=12)
    assert sentence is not None
    assert sentence.endswith(f" for an outage of {outage}")


def test_where_no_camera_could_be_read_nothing_is_known() -> None:
    assert spool_shortage([Finding("door", "it refuses the password")], settings(), hours=12) is None


@pytest.mark.parametrize(("max_mbit", "send", "sent"), [(4.9, "all", "5.0"), (0.9, "keyframes", "1.0")])
def test_an_uplink_that_lets_too_little_through_is_named(max_mbit: float, send: str, sent: str) -> None:
    found = uplink_shortage([LITTLE, MUCH, PICTURES], settings(max_mbit=max_mbit, send=send))
    assert f"send {sent} Mbit/s, but max_mbit allows {max_mbit:g}" in str(found)


@pytest.mark.parametrize(("max_mbit", "send"), [(5, "all"), (0, "all"), (1, "keyframes")])
def test_an_uplink_with_room_is_not(max_mbit: float, send: str) -> None:
    assert uplink_shortage([LITTLE, MUCH, PICTURES], settings(max_mbit=max_mbit, send=send)) is None
