"""How many calls of the control plane a second takes: of one kind on one stream, and in the account."""

from dataclasses import dataclass
from math import inf

from infra.local.kvs.service.parameters import Parameters
from infra.local.kvs.service.service import Service

LOOKUPS = frozenset({"DescribeStream", "GetDataEndpoint"})


@dataclass(frozen=True)
class ThrottledCalls:
    """Calls of one kind, on one stream or on all; `name` is how the refusal speaks of them."""

    api: str
    stream: str | None

    @property
    def name(self) -> str:
        """API and stream."""
        return self.api if self.stream is None else f"{self.api} of {self.stream}"


def throttle(service: Service, api: str, parameters: Parameters) -> None:
    """Counts a call. Raises ClientLimitExceededException."""
    limits = service.limits
    account = limits.account_lookups if api in LOOKUPS else limits.account_calls
    stream = parameters.text("StreamName") or parameters.text("StreamARN")
    if stream is not None:
        _take(service, ThrottledCalls(api, stream), limits.stream_calls)
    _take(service, ThrottledCalls(api, None), account)


def _take(service: Service, calls: ThrottledCalls, most: float) -> None:
    if most != inf:
        service.calls.take(calls, 1, int(most), service.clock())
