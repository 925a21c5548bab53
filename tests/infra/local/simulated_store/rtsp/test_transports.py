"""Which of the transports that a client offers is taken."""

import pytest

from infra.local.simulated_store.rtsp.messages import Refused
from infra.local.simulated_store.rtsp.transports import Choice, chosen


@pytest.mark.parametrize(
    ("header", "choice"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", Choice("TCP", (0, 1))),
        ("RTP/AVP/TCP; unicast; interleaved=6-9", Choice("TCP", (6, 9))),
        ("RTP/AVP/TCP;interleaved=2", Choice("TCP", (2, 3))),
        ("RTP/AVP/TCP", Choice("TCP", (0, 1))),
        ("RTP/AVP;unicast;client_port=5000-5001", Choice("UDP", (5000, 5001))),
        ("RTP/AVP/UDP;unicast;client_port=5000", Choice("UDP", (5000, 5001))),
        ("RTP/AVP;multicast,RTP/AVP;unicast;client_port=7-8", Choice("UDP", (7, 8))),
        ("RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=0-1", Choice("UDP", (1, 2))),
    ],
)
def test_the_first_that_we_have(header: str, choice: Choice) -> None:
    assert chosen(header, tls=False) == choice


@pytest.mark.parametrize(
    "header",
    [
        "",
        "RTP/AVP",
        "RTP/AVP;client_port=0-1",
        "RTP/AVP;client_port=70000-70001",
        "RTP/AVP;client_port=five",
        "RTP/AVP;client_port=5-",
        "RTP/AVP/TCP;interleaved=255",
        "RTP/AVP/TCP;interleaved=3-3",
        "RTP/AVP/DCCP;unicast",
    ],
)
def test_what_we_have_not_is_refused(header: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen(header, tls=False)
    assert refused.value.status == 461


def test_beside_tls_no_udp_carries_the_video_in_the_clear() -> None:
    offers = "RTP/AVP;unicast;client_port=5000-5001"
    assert chosen(f"{offers},RTP/AVP/TCP;interleaved=0-1", tls=True) == Choice("TCP", (0, 1))
    with pytest.raises(Refused):
        chosen(offers, tls=True)
