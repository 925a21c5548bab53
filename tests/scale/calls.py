"""A call to AWS in the simulation: processor time, latency, quotas, faults, and botocore's own retries."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries import adaptive, bucket, quota, standard, throttling

from tests.scale.clock import Clock

Answer = TypeVar("Answer")
Error = TypeVar("Error", bound=ClientError)

CALL_CPU = 0.0024
"""Seconds of a whole vCPU for each call: twice 5.3 ms a frame / 4.3 calls of docs/benchmarks.md, "Counter",
because an arm64 vCPU takes about twice the time of the benchmarks' core (infra/cost/counts.toml)."""


def error(code: str, status: int, kind: type[Any] = ClientError) -> Any:
    """The error of a service."""
    response = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return kind(response, "Call")


class Throttle:
    """A token bucket: `rate` a second, of which `burst` may come at once."""

    def __init__(self, clock: Clock, rate: float, burst: float) -> None:
        self._clock, self.rate, self._burst = clock, rate, burst
        self._tokens, self._at = burst, clock.now

    def take(self, amount: float = 1) -> bool:
        """Whether the amount is left; then it is taken."""
        now = self._clock.now
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if self._tokens < amount:
            return False
        self._tokens -= amount
        return True


class Processor:
    """The vCPUs of one Lambda environment, as a queue: `share` of one vCPU."""

    def __init__(self, clock: Clock, share: float) -> None:
        self._clock, self._share, self._free = clock, share, 0.0
        self.used = 0.0

    def delay(self, seconds: float) -> float:
        """How long work of so many seconds of a vCPU takes, with what was queued before it."""
        took = seconds / self._share
        self._free = max(self._free, self._clock.now) + took
        self.used += took
        return self._free - self._clock.now


@dataclass
class Network:
    """What all calls share: latencies in seconds by operation, faults that are on, and counts."""

    clock: Clock
    latency: Mapping[str, float]
    random: Random
    faults: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Operation -> (error code, status) of a service that fails now."""
    calls: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By operation and code."""

    def work(self, seconds: float, wait: float = 0.0) -> None:
        """Use the processor of the environment that runs now, then wait."""
        place = self.clock.current.place
        busy = place.delay(seconds) if place is not None else 0.0
        self.clock.sleep(busy + wait)


class Calls:
    """The calls of one boto3 client: botocore's retry modes run on the virtual clock."""

    def __init__(self, network: Network, service: str, config: Config | None) -> None:
        self.clock = network.clock
        self._network = network
        retries = getattr(config, "retries", None) or {}
        self._limiter = _limiter(network.clock) if retries.get("mode") == "adaptive" else None
        detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
        self._quota = standard.RetryQuotaChecker(quota.RetryQuota(), detector)
        backoff = standard.ExponentialBackoff(
            service_name=service, throttling_detector=detector, random=network.random.random
        )
        attempts = retries.get("total_max_attempts", standard.DEFAULT_MAX_ATTEMPTS)
        self._policy = standard.RetryPolicy(standard.StandardRetryConditions(attempts), backoff)
        self._service = SimpleNamespace(service_name=service)

    def call(self, operation: str, act: Callable[[], Answer]) -> Answer:
        """The answer of a service, after botocore's retries. Raises ClientError."""
        network, attempt = self._network, 0
        request: Any = {}
        while True:
            attempt += 1
            if self._limiter is not None:
                self._limiter.on_sending_request(None)
            spread = network.random.uniform(0.6, 1.4)
            network.work(CALL_CPU, network.latency.get(operation, 0.0) * spread)
            network.calls[operation] += 1
            try:
                if operation in network.faults:
                    raise error(*network.faults[operation])
                answer = act()
            except ClientError as raised:
                response = self._response(raised, attempt, request)
                self._limit(response)
                network.errors[operation, raised.response["Error"]["Code"]] += 1
                context = standard.RetryEventAdapter().create_retry_context(**response)
                if not (self._policy.should_retry(context) and self._quota.acquire_retry_quota(context)):
                    raise
                self.clock.sleep(self._policy.compute_retry_delay(context))
            else:
                self._limit(self._response(None, attempt, request))
                self._quota.release_retry_quota(request, SimpleNamespace(status_code=200))
                return answer

    def _limit(self, response: dict[str, Any]) -> None:
        if self._limiter is not None:
            self._limiter.on_receiving_response(**response)

    def _response(self, raised: ClientError | None, attempt: int, request: dict[str, Any]) -> dict[str, Any]:
        """What botocore passes to its handlers of `needs-retry`."""
        parsed: Any = raised.response if raised else {}
        status = parsed["ResponseMetadata"]["HTTPStatusCode"] if raised else 200
        return {
            "response": (SimpleNamespace(status_code=status, headers={}), parsed),
            "attempts": attempt,
            "operation": SimpleNamespace(service_model=self._service, error_shapes=[], name=""),
            "caught_exception": None,
            "request_dict": {"context": request},
        }


A_MOMENT = 1e-6
"""Seconds by which a wait is longer than computed, so that rounding never makes it too short."""


class _Clock(bucket.Clock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def current_time(self) -> float:
        return self._clock.now


class _Bucket(bucket.TokenBucket):
    """botocore's, except that it waits on the virtual clock."""

    virtual: Clock

    def acquire(self: Any, amount: int = 1, block: bool = True) -> bool:
        while True:
            self._refill()
            if amount <= self._current_capacity:
                self._current_capacity -= amount
                return True
            self.virtual.sleep(self._sleep_amount(amount) + A_MOMENT)


def _limiter(clock: Clock) -> adaptive.ClientRateLimiter:
    """As botocore.retries.adaptive.register_retry_handler makes it."""
    time = _Clock(clock)
    tokens = _Bucket(max_rate=1, clock=time)
    tokens.virtual = clock
    return adaptive.ClientRateLimiter(
        rate_adjustor=throttling.CubicCalculator(starting_max_rate=0, start_time=time.current_time()),
        rate_clocker=adaptive.RateClocker(time),
        token_bucket=tokens,
        throttling_detector=standard.ThrottlingErrorDetector(standard.RetryEventAdapter()),
        clock=time,
    )
