"""A month's bill: what the cameras make the code use, and what that costs. Pure.

Sources of the rules: the pages that `prices.toml` names; for DynamoDB's units "Read and write operations".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from infra.capacity.rates import COUNTER_INVOCATIONS
from infra.cost.counts import Assumed, Counted, Counts
from infra.cost.fleet import TICK, Delivery, Fleet
from infra.cost.prices import Prices
from ingest.registry.camera import Mode

GB = 1e9
READ_UNIT = 4096  # bytes
HISTORY_DAYS = 365
"""Day files are kept for good: the bill is that after a year."""
HISTORY_COPIES = 2
"""In the day file, and in the file of the month."""
QUARTER = 900  # s
ROWS_BEFORE = 2
"""Of each batch of a camera: is its picture frozen?"""
IMAGE_MODES = (Mode.AUTO, Mode.IMAGES)


@dataclass(frozen=True)
class BillLine:
    """A line of the bill: `units` of the price named `name` in the whole month."""

    name: str
    unit: str
    units: float
    usd: float
    price: str


def bill(fleet: Fleet, prices: Prices, counts: Counts) -> list[BillLine]:
    """The month's bill of a stack with these cameras, in the order of `quantities`."""
    return priced(quantities(fleet, counts), prices)


def priced(units: Mapping[str, float], prices: Prices) -> list[BillLine]:
    """The bill of what is used in a month, by the name of its price."""
    return [
        BillLine(
            name, prices.by_name[name].unit, used, prices.by_name[name].usd(used), _price_text(prices, name)
        )
        for name, used in units.items()
    ]


def total(lines: list[BillLine]) -> float:
    """The whole bill in USD."""
    return sum(line.usd for line in lines)


def quantities(fleet: Fleet, counts: Counts, rate: int | None = None) -> dict[str, float]:
    """What the cameras use in a month, by the name of its price.

    `rate` is the stack's DetectLabelsPerSecond, one of COUNTER_INVOCATIONS; None is the fleet's own.
    """
    month = _Month(fleet, counts.counted, counts.assumed, rate or fleet.counting_rate)
    return {**month.video(), **month.compute(), **month.database(), **month.requests(), **month.watching()}


@dataclass(frozen=True)
class _Month:
    fleet: Fleet
    counted: Counted
    assumed: Assumed
    rate: int

    def video(self) -> Mapping[str, float]:
        """Pictures that are counted, and the video that they come from."""
        fleet = self.fleet
        hours = (fleet.hours if fleet.only_open else 24) if fleet.delivery is Delivery.KVS else 0
        share = self.assumed.keyframes_share if fleet.keyframes else 1.0
        gb_a_second = fleet.bit_rate / 8 * 1e6 / GB * share
        sent = gb_a_second * hours * 3600 * fleet.days * fleet.cameras
        samples = 0.0 if fleet.delivery is Delivery.EDGE else fleet.samples * fleet.cameras
        fragments = samples * self.counted.fragments_a_sample * gb_a_second * fleet.fragment
        read = {Mode.FRAGMENTS: fragments if sent else 0.0, Mode.MEDIA: sent}.get(fleet.mode, 0.0)
        return {
            "images": samples,
            "kvs_in": sent,
            "kvs_out": read,
            "kvs_stored": sent * fleet.retention / (24 * fleet.days),
            "kvs_images": self._pictures() if sent and fleet.mode in IMAGE_MODES else 0.0,
        }

    def compute(self) -> Mapping[str, float]:
        """Invocations, and how long they take."""
        assumed, fleet = self.assumed, self.fleet
        runs = self.invocations()
        frames = (
            0.0 if fleet.delivery is Delivery.EDGE else self._objects_of_a_batch()
        )  # an observation is counted
        seconds = {
            "schedule": assumed.schedule_seconds + assumed.schedule_camera_seconds * fleet.cameras,
            "pull": assumed.pull_seconds + assumed.pull_camera_seconds * self._cameras_of_a_batch(),
            # Each invocation starts calls of DetectLabels at its share of the stack's rate.
            "counter": assumed.counter_seconds
            + max(0.0, frames - 1) * COUNTER_INVOCATIONS[self.rate] / self.rate
            + (frames * assumed.inspect_seconds if fleet.foreign else 0.0),
            "closing": assumed.closing_seconds + assumed.closing_camera_seconds * fleet.cameras,
        }
        memory = {**self.counted.memory_gb, "counter": self.counted.counter_memory_gb[str(self.rate)]}
        return {
            "lambda_requests": sum(runs.values()),
            "lambda_seconds": sum(runs[name] * seconds[name] * memory[name] for name in runs),
        }

    def database(self) -> Mapping[str, float]:
        """DynamoDB's request units, and what it stores once the first rows expire."""
        counted, fleet = self.counted, self.fleet
        batches = fleet.arrivals * fleet.cameras
        samples, quarters = fleet.samples * fleet.cameras, self._quarters()
        rows = QUARTER / fleet.sample_every
        scan = 0.5 * max(1, ceil(counted.registry_item * fleet.cameras / READ_UNIT))
        reads = (
            scan * (self._ticks() + self._closings())
            + counted.pull_reads * fleet.pulls * fleet.cameras
            + counted.closing_store_reads * self._closings()
            + counted.reads_a_camera * batches
            + counted.reads_a_row * (samples + ROWS_BEFORE * batches)
            + self._roll_up_reads() * batches
            + max(1, ceil(counted.row * rows / READ_UNIT)) * quarters
            + (self._closings() * fleet.cameras - quarters)
            + counted.history_store_reads * self._store_days()
            + max(1, ceil(counted.quarter * self._quarters_a_day() / READ_UNIT)) * fleet.cameras * fleet.days
        )
        writes = (
            counted.pull_writes[fleet.mode.value] * fleet.pulls * fleet.cameras
            + counted.writes_a_row * samples
            + counted.writes_a_roll_up * batches
            + counted.closing_writes * self._closings() * fleet.cameras
            + (counted.closing_roll_up_writes + counted.closing_mark_writes) * quarters
            + counted.history_writes * self._store_days()
            + (counted.history_mark_removals * fleet.cameras * fleet.days if quarters else 0)
        )
        overhead, days = self.assumed.item_overhead, fleet.row_days / fleet.days
        stored = (
            (counted.row + overhead) * samples * days + (counted.quarter + overhead) * quarters * days
        ) / GB
        history = self.assumed.history_line * quarters / fleet.days * HISTORY_DAYS * HISTORY_COPIES / GB
        return {
            "writes": writes,
            "reads": reads,
            "stored": stored,
            "recovery": stored,
            "history_stored": history,
        }

    def requests(self) -> Mapping[str, float]:
        """Requests of S3, SQS and the scheduler."""
        objects = self.fleet.objects * self.fleet.cameras
        heads = (
            0.0 if self.fleet.delivery is Delivery.EDGE else self.counted.heads_a_sample + self.fleet.foreign
        )
        runs = self.invocations()
        pull_batches = runs["pull"]
        receives = ceil(self._objects_of_a_batch() / 10) * runs["counter"]
        counted, stores, days = self.counted, self.fleet.stores, self._store_days()
        idle = 2 * self.assumed.idle_receives_a_minute * 60 * 24 * self.fleet.days
        return {
            # The listing of the closing, and the history; deletions are free.
            "s3_writes": objects
            + self._closings()
            + counted.history_puts * days
            + counted.history_join_puts * stores,
            # Rekognition reads each frame, and the counter asks what its sender found on it. The counter
            # reads each observation. The closing reads what it replaces, and the days of a month once more.
            "s3_reads": objects * (1 + heads)
            + (counted.history_gets + 1) * days
            + counted.history_join_gets * stores,
            # The schedule sends, Lambda receives and deletes; S3 sends, Lambda receives and deletes.
            "sqs": 3 * pull_batches + objects + 2 * receives + idle,
            "schedules": self._ticks() + self._closings(),
        }

    def watching(self) -> Mapping[str, float]:
        """Logs, traces, metrics and alarms."""
        runs = self.invocations()
        lines = sum(runs[name] * (self.counted.log[name] + self.assumed.lambda_log) for name in runs)
        logged = (lines + self.counted.closing_line * self._quarters()) / GB
        return {
            "logs_in": logged,
            "logs_stored": logged * self.fleet.log_days / self.fleet.days,
            # Active tracing records the first invocation of each second: nearly all of them.
            "traces": sum(runs.values()),
            "metrics": sum(self.counted.metrics.values()),
            "alarms": self.counted.alarm_metrics,
            "dashboards": self.counted.dashboards,
        }

    def invocations(self) -> dict[str, float]:
        """The invocations of each function. All cameras are due at the same instants, in full batches."""
        cameras = self.fleet.cameras
        return {
            "schedule": self._ticks(),
            "pull": self.fleet.pulls * ceil(cameras / self.counted.batch["pull"]),
            "counter": self.fleet.arrivals * ceil(self._objects_of_a_tick() / self._counter_batch()),
            "closing": self._closings(),
        }

    def _pictures(self) -> float:
        """GetImages brings two pictures for an instant alone; instants in a row share their windows."""
        alone = self._samples_of_an_arrival() <= 1
        return self.fleet.samples * self.fleet.cameras * (2 if alone else 1)

    def _roll_up_reads(self) -> float:
        """Read units of a roll-up, on average: the quarter hour has more rows with each batch."""
        rows = self._samples_of_an_arrival()
        batches = max(1, round(QUARTER / self.fleet.sample_every / rows)) if rows else 1
        units = (max(1, ceil(self.counted.row * rows * (n + 1) / READ_UNIT)) for n in range(batches))
        return sum(units) / batches

    def _samples_of_an_arrival(self) -> float:
        """0 for a camera that is never open."""
        return self.fleet.samples / self.fleet.arrivals if self.fleet.arrivals else 0.0

    def _objects_of_a_tick(self) -> float:
        each = self.fleet.objects / self.fleet.arrivals if self.fleet.arrivals else 0.0
        return each * self.fleet.cameras

    def _objects_of_a_batch(self) -> float:
        return min(self._counter_batch(), self._objects_of_a_tick())

    def _counter_batch(self) -> int:
        return self.counted.counter_batch[str(self.rate)]

    def _cameras_of_a_batch(self) -> float:
        return min(self.counted.batch["pull"], self.fleet.cameras)

    def _quarters(self) -> float:
        """Quarter hours with sample instants, of all cameras."""
        return self._quarters_a_day() * self.fleet.days * self.fleet.cameras

    def _quarters_a_day(self) -> float:
        return self.fleet.hours * 3600 / max(QUARTER, self.fleet.sample_every)

    def _store_days(self) -> float:
        return self.fleet.stores * self.fleet.days

    def _ticks(self) -> float:
        return 24 * 3600 / TICK * self.fleet.days

    def _closings(self) -> float:
        return 24 * 3600 / QUARTER * self.fleet.days


def _price_text(prices: Prices, name: str) -> str:
    price = prices.by_name[name]
    tiers = " / ".join(f"{usd:.7f}".rstrip("0").rstrip(".") for _, usd in price.tiers)
    return tiers if price.per == 1 else f"{tiers} per {price.per:,.0f}"
