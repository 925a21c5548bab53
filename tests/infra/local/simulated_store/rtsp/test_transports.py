"""Which of the offered transports the server chooses."""

import pytest

from infra.local.simulated_store.rtsp.messages import RtspError
from infra.local.simulated_store.rtsp.transports import OfferedTransport, choose_transport


@pytest.mark.parametrize(
    ("header", "choice"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=0-1", OfferedTransport("TCP", (0, 1))),
        ("RTP/AVP/TCP; unicast; interleaved=6-9", OfferedTransport("TCP", (6, 9))),
        ("RTP/AVP/TCP;interleaved=2", OfferedTransport("TCP", (2, 3))),
        ("RTP/AVP/TCP", OfferedTransport("TCP", (0, 1))),
        ("RTP/AVP;unicast;client_port=5000-5001", OfferedTransport("UDP", (5000, 5001))),
        ("RTP/AVP/UDP;unicast;client_port=5000", OfferedTransport("UDP", (5000, 5001))),
        ("RTP/AVP;multicast,RTP/AVP;unicast;client_port=7-8", OfferedTransport("UDP", (7, 8))),
        ("RTP/AVP;unicast;client_port=1-2,RTP/AVP/TCP;interleaved=0-1", OfferedTransport("UDP", (1, 2))),
    ],
)
def test_the_first_that_we_have(header: str, choice: OfferedTransport) -> None:
    assert choose_transport(header, tls=False) == choice


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
    with pytest.raises(RtspError) as refused:
        choose_transport(header, tls=False)
    assert refused.value.status == 461


def test_beside_tls_no_udp_carries_the_video_in_the_clear() -> None:
    offers = "RTP/AVP;unicast;client_port=5000-5001"
    assert choose_transport(f"{offers},RTP/AVP/TCP;interleaved=0-1", tls=True) == OfferedTransport(
        "TCP", (0, 1)
    )
    with pytest.raises(RtspError):
        choose_transport(offers, tls=True)
