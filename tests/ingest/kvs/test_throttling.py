import pytest
from botocore.exceptions import ClientError

from ingest.kvs.throttling import waiting_out_throttle


class Call:
    """Refused with each code in turn, then answered."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)

    def __call__(self) -> str:
        if self.codes:
            raise ClientError({"Error": {"Code": self.codes.pop(0)}}, "DescribeStream")
        return "answer"


def test_a_throttled_call_is_repeated_after_waits_with_jitter() -> None:
    slept: list[float] = []
    call = Call("ClientLimitExceededException", "ConnectionLimitExceededException")

    assert waiting_out_throttle(call, (2.0, 4.0, 8.0), slept.append) == "answer"
    first, second = slept
    assert 1.0 <= first <= 3.0
    assert 2.0 <= second <= 6.0
    others: list[float] = []
    waiting_out_throttle(Call("ClientLimitExceededException"), (2.0,), others.append)
    assert others[0] != first


def test_the_last_refusal_and_any_other_one_are_raised() -> None:
    slept: list[float] = []
    with pytest.raises(ClientError, match="ClientLimitExceededException"):
        waiting_out_throttle(Call(*["ClientLimitExceededException"] * 3), (1.0, 1.0), slept.append)
    assert len(slept) == 2
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        waiting_out_throttle(Call("NotAuthorizedException"), (1.0, 1.0), slept.append)
    assert len(slept) == 2
