import pytest

from ingest.gateway.check.findings import Finding
from ingest.gateway.config.sending import Send

FOUND = Finding("door", bits_per_second=4e6, keyframe_bits_per_second=0.8e6)


@pytest.mark.parametrize(("send", "bits", "usd"), [(Send.ALL, 4e6, 5.508), (Send.KEYFRAMES, 0.8e6, 1.1016)])
def test_what_a_camera_sends_and_costs(send: Send, bits: float, usd: float) -> None:
    """12 hours a day for 30 days: at 4 Mbit/s 648 GB."""
    assert FOUND.sent_bits_per_second(send) == bits
    assert FOUND.monthly_cost(12, send) == pytest.approx(usd)
