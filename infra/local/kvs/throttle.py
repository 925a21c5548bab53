"""Limits the calls per second of each control-plane API, on a stream and in the account."""

from dataclasses import dataclass
from math import inf

from infra.local.kvs.service.parameters import Parameters
from infra.local.kvs.service.service import Service

LOOKUPS = frozenset({"DescribeStream", "GetDataEndpoint"})


@dataclass(frozen=True)
class ThrottledCalls:
    """The owner of a token bucket: an API on a stream, or on all streams. Error messages show its `name`."""

    api: str
    stream: str | None

    @property
    def name(self) -> str:
        """The API and, if given, the stream."""
        return self.api if self.stream is None else f"{self.api} of {self.stream}"


def throttle(service: Service, api: str, parameters: Parameters) -> None:
    """Count a call. Raises ClientLimitExceededException."""
    limits = service.limits
    account = limits.account_lookups if api in LOOKUPS else limits.account_calls
    stream = parameters.text("StreamName") or parameters.text("StreamARN")
    if stream is not None:
        _take(service, ThrottledCalls(api, stream), limits.stream_calls)
    _take(service, ThrottledCalls(api, None), account)


def _take(service: Service, calls: ThrottledCalls, most: float) -> None:
    if most != inf:
        service.calls.take(calls, 1, int(most), service.clock())
