"""The cameras of a bill, and how often the schedule requests a pull of one. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

from infra.capacity.rates import DEFAULT_RATE, images_wanted, rate_for
from ingest.registry.camera import Mode
from ingest.registry.live_reading import read_every

TICK = 60  # s between two runs of the schedule
TICKS_A_DAY = 24 * 60
CLOSED_PULL_EVERY = 16
"""Ticks between two pulls of a camera that has nothing due: the first one more than 15 minutes later."""
ARRIVAL = 3
"""Seconds until the fragment of an instant has arrived; an instant closer to its tick needs a second pull."""
OBSERVED = 300
"""Seconds of sample instants in one observation of a camera that the gateway counts, at most."""


class Delivery(StrEnum):
    """How the counter gets what it counts: the pull puts frames, the sender does, or the gateway counts."""

    KVS = "kvs"
    PUSH = "push"
    EDGE = "edge"


@dataclass(frozen=True)
class Fleet:
    """Cameras of one kind in a month. The defaults are those of the documents.

    `bit_rate` in Mbit/s, `fragment` in seconds, `retention` in hours of the stream, `row_days` and `log_days`
    as the stack's parameters. `stores` is the number of shops that they are in. Without `only_open` the
    camera streams day and night.
    """

    cameras: int = 10
    stores: int = 1
    sample_every: int = 300
    hours: float = 12
    days: int = 30
    delivery: Delivery = Delivery.KVS
    mode: Mode = Mode.FRAGMENTS
    bit_rate: float = 2.0
    fragment: float = 2.0
    keyframes: bool = False
    """Whether the gateway sends keyframes only (`send: keyframes`)."""
    foreign: bool = False
    """Whether the frames come from senders that do not inspect them, as KVS's own image delivery."""
    only_open: bool = True
    retention: float = 24
    row_days: int = 400
    log_days: int = 30
    detect_labels_per_second: float = DEFAULT_RATE
    """The stack's parameter; see `counting_rate`."""

    @property
    def images_per_second(self) -> float:
        """What Rekognition counts while all cameras are open."""
        counted = self.hours and self.delivery is not Delivery.EDGE
        return self.cameras / self.sample_every if counted else 0.0

    @property
    def counting_rate(self) -> int:
        """The DetectLabelsPerSecond that counts these cameras: the stack's, or more if they need it."""
        return rate_for(max(self.detect_labels_per_second, images_wanted(self.images_per_second)))

    @property
    def samples(self) -> float:
        """Samples of one camera in a month."""
        return self.hours * 3600 / self.sample_every * self.days

    @property
    def objects(self) -> float:
        """Objects that one camera brings to the bucket in a month: frames, or observations."""
        if self.delivery is Delivery.EDGE:
            return self.hours * 3600 / max(self.sample_every, OBSERVED) * self.days
        return self.samples

    @property
    def arrivals(self) -> float:
        """How often in a month objects of one camera come to the bucket: several at once, or one."""
        return self.pulls_with_samples if self.delivery is Delivery.KVS else self.objects

    @cached_property
    def pulls_with_samples(self) -> float:
        """Pulls of one camera in a month that find at least one frame."""
        return self._share(lambda tick: self._instants(TICK * (tick - 1) - ARRIVAL, TICK * tick - ARRIVAL))

    @property
    def media_pull_every(self) -> int:
        """Ticks between two pulls of an open camera in mode `media`: before KVS's buffer is full."""
        return max(1, read_every(round(self.bit_rate * 1e6 / 8)) // timedelta(seconds=TICK))

    @cached_property
    def pulls(self) -> float:
        """Pulls of one camera in a month, with its closed hours."""
        if self.delivery is not Delivery.KVS:
            return 0.0
        read_after = self.media_pull_every

        def requested(tick: int) -> bool:
            due = self._instants(TICK * (tick - 1) - ARRIVAL, TICK * tick)
            return due or (self.mode is Mode.MEDIA and tick % read_after == 0)

        closed = (24 - self.hours) * 60 / CLOSED_PULL_EVERY * self.days
        return self._share(requested) + closed

    def _share(self, happens: Callable[[int], bool]) -> float:
        """The ticks of a month's open hours at which it happens."""
        return sum(map(happens, range(TICKS_A_DAY))) / 24 * self.hours * self.days

    def _instants(self, after: int, until: int) -> bool:
        """Whether (after, until], in seconds, contains a sample instant."""
        return until // self.sample_every > after // self.sample_every
