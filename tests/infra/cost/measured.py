"""What the handlers use, counted in runs of one camera: `infra/cost/counts.toml` is generated from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from counter.counting.frozen import ALIKE_BEFORE
from counter.rows.kept_rules import is_rule
from infra.local.lambdas.functions import functions, queue_sources
from infra.local.stack.template import load
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from ingest.registry.state_items import SUFFIX
from ingest.times import to_text
from tests.infra.cost.meter import Usage, item_bytes
from tests.infra.cost.shop import Shop, shop

QUARTER = 15
"""Minutes of a run: with one closing, of the quarter hour before."""
DAY = timedelta(days=1)
SHORT = 5
"""Minutes of a run of GetImages, which only the pull counts of."""
NAMES = {"schedule": "Schedule", "pull": "Pull", "counter": "Counter", "closing": "Closing"}
RUNS: Mapping[tuple[Mode, int], int] = {
    (Mode.FRAGMENTS, 20): QUARTER,
    (Mode.FRAGMENTS, 60): QUARTER,
    (Mode.FRAGMENTS, 300): QUARTER,
    (Mode.AUTO, 60): SHORT,
    (Mode.IMAGES, 60): SHORT,
    (Mode.IMAGES, 20): SHORT,
}
"""The cameras that are run: mode and seconds between two samples -> minutes."""


@dataclass(frozen=True)
class Run:
    """A quarter hour of one camera; the sizes, in bytes, are averages of what the tables hold at its end.

    `registry_item` is that of the camera's item and its state item together.
    """

    usage: Mapping[str, Usage]
    registry_item: float
    row: float
    quarter: float

    def calls(self, name: str) -> int:
        """The calls of all functions."""
        return sum(usage.calls[name] for usage in self.usage.values())


@dataclass(frozen=True)
class History:
    """What the closing used for a store's day, and for the last `days` days of a month and that month.

    The store has one camera, open for an hour a day, of which no frame comes. `month_days` has the month.
    """

    day: Usage
    month: Usage
    days: int
    month_days: int


@dataclass(frozen=True)
class Measured:
    """All runs, by mode and interval; `closed` is that of a camera without an instant."""

    runs: Mapping[tuple[Mode, int], Run]
    closed: Run
    history: "History"
    memory_gb: Mapping[str, float]
    batch: Mapping[str, int]


@cache
def measured() -> Measured:
    """Run all cameras, one after the other. Takes half a minute, once in a process."""
    with shop() as running:
        runs = {key: _run(running, *key, minutes=minutes) for key, minutes in RUNS.items()}
        closed = _run(running, Mode.FRAGMENTS, 60, minutes=QUARTER, closed=True)
        history = _history(running)
        known = {function.logical_id: function for function in functions(running.cloud.stack).values()}
        sources = {source.function: source for source in queue_sources(running.cloud.stack)}
    ours = {name: known[f"{prefix}Function"] for name, prefix in NAMES.items() if name != "counter"}
    return Measured(
        runs,
        closed,
        history,
        {name: round(function.memory / 1024, 4) for name, function in ours.items()},
        {
            name: sources[function.arn].batch_size
            for name, function in ours.items()
            if function.arn in sources
        },
    )


def counted() -> dict[str, Any]:
    """The table `counted` of `counts.toml`, from the runs and the template."""
    found = measured()
    run, closed = found.runs[Mode.FRAGMENTS, 60], found.closed
    pull, counter, closing = (run.usage[f"{name}Function"] for name in ("Pull", "Counter", "Closing"))
    samples, batches = counter.values["Counted"], counter.invocations
    lines = load().mappings["Counter"]
    return {
        "registry_item": run.registry_item,
        "row": run.row,
        "quarter": run.quarter,
        "fragments_a_sample": pull.values["FragmentsFetched"] / samples,
        "heads_a_sample": counter.calls["s3:HeadObject"] / samples,
        "writes_a_row": counter.writes["OccupancyTable"] / samples,
        "writes_a_roll_up": counter.writes["QuarterHourTable"] / batches,
        "reads_a_camera": counter.reads["CameraTable", "BatchGetItem"] / batches,
        "reads_a_row": counter.reads["OccupancyTable", "BatchGetItem"] / (samples + ALIKE_BEFORE * batches),
        "pull_reads": pull.reads["CameraTable", "GetItem"] / pull.invocations,
        "closing_writes": float(closed.usage["ClosingFunction"].writes["CameraTable"]),
        "closing_roll_up_writes": float(closing.writes["QuarterHourTable"]),
        "closing_store_reads": closing.reads["StoreTable", "Query"] / closing.invocations,
        "closing_mark_writes": float(closing.writes["StoreTable"]),
        **_history_counts(found.history, closing.reads["StoreTable", "Query"] / closing.invocations),
        "closing_line": closing.log_bytes - closed.usage["ClosingFunction"].log_bytes,
        "alarm_metrics": _alarm_metrics(),
        "dashboards": _number_of("AWS::CloudWatch::Dashboard"),
        "pull_writes": {
            mode.value: found.runs[mode, 60].usage["PullFunction"].writes["CameraTable"]
            / found.runs[mode, 60].usage["PullFunction"].invocations
            for mode in (Mode.FRAGMENTS, Mode.AUTO, Mode.IMAGES)
        }
        | {Mode.MEDIA.value: pull.writes["CameraTable"] / pull.invocations},
        "log": {
            name: round(run.usage[f"{prefix}Function"].log_bytes / run.usage[f"{prefix}Function"].invocations)
            for name, prefix in NAMES.items()
            if name != "closing"
        }
        | {"closing": closed.usage["ClosingFunction"].log_bytes},
        "metrics": {
            name: len(run.usage[f"{prefix}Function"].metrics) for name, prefix in NAMES.items()
        },
        "memory_gb": dict(found.memory_gb),
        "batch": dict(found.batch),
        "counter_memory_gb": {rate: int(line["MemorySize"]) / 1024 for rate, line in lines.items()},
        "counter_batch": {rate: int(line["BatchSize"]) for rate, line in lines.items()},
    }  # fmt: skip


def _history(running: Shop) -> History:
    """Close days to come: of the next month from its 10th on, so that no day but the last ends a month."""
    tables, dynamodb = running.cloud.stack.outputs, running.meter.dynamodb
    for item in dynamodb.scan(TableName=tables["StoreTableName"])["Items"]:
        key = {name: item[name] for name in ("StoreId", "Entry")}
        dynamodb.delete_item(TableName=tables["StoreTableName"], Key=key)
    first = (running.clock.now.replace(day=1, hour=0, minute=0, second=0) + timedelta(days=32)).replace(
        day=10
    )
    sampling = Sampling(300, opening_hours=parse("mon-sun 10:00-11:00"))
    running.cloud.registry.add(Camera("history", "history", first, Source.PUSH, sampling=sampling))
    end = (first + timedelta(days=31)).replace(day=1)
    moments = [first, first + DAY, first + 2 * DAY, end]
    usages = []
    for moment in moments:
        running.meter.usage.clear()
        # So that the hour's roll-ups and their marks, which are counted by the quarter hour, are not in it.
        running.invoke("ClosingFunction", {"time": to_text(moment - timedelta(minutes=15))})
        running.meter.usage.clear()
        running.invoke("ClosingFunction", {"time": to_text(moment + timedelta(minutes=15))})
        usages.append(running.meter.usage["ClosingFunction"])
    running.cloud.registry.remove("history")
    running.meter.usage.clear()
    # All days of the month but its last are written before its end.
    return History(usages[2], usages[3], 1, (end - first.replace(day=1)).days)


def _run(running: Shop, mode: Mode, every: int, *, minutes: int, closed: bool = False) -> Run:
    """Run a camera for some minutes, after as many to get into its stride."""
    name = "closed" if closed else f"{mode.value}-{every}"
    running.next_quarter()
    camera = running.add(name, mode, every, closed=closed)
    for _ in range(minutes):
        running.minute(camera, filming=not closed)
    running.meter.usage.clear()
    for _ in range(minutes):
        running.minute(camera, filming=not closed)
    sizes = [
        _average(running, "CameraTable", name) + _average(running, "CameraTable", name + SUFFIX),
        _average(running, "OccupancyTable", name),
        _average(running, "QuarterHourTable", name),
    ]
    running.cloud.registry.remove(name)
    usage = dict(running.meter.usage)
    running.meter.usage.clear()
    return Run(usage, *sizes)


def _history_counts(found: History, store_reads: float) -> dict[str, float]:
    """The counts of a day, and of a month without its days; `store_reads` are those of any closing."""
    day, month = found.day, found.month
    puts, gets = day.calls["s3:PutObject"], day.calls["s3:GetObject"]
    removals = day.calls["dynamodb:DeleteItem"]
    return {
        "history_puts": float(puts),
        "history_gets": float(gets),
        "history_join_puts": float(month.calls["s3:PutObject"] - puts * found.days),
        "history_join_gets": float(month.calls["s3:GetObject"] - gets * found.days - found.month_days),
        "history_store_reads": day.reads["StoreTable", "Query"] - store_reads,
        "history_writes": float(day.writes["StoreTable"] - removals),
        "history_mark_removals": float(removals),
    }


def _average(running: Shop, table: str, key: str) -> float:
    scanned = running.meter.dynamodb.scan(TableName=running.cloud.stack.outputs[f"{table}Name"])["Items"]
    sizes = [
        item_bytes(item)
        for item in scanned
        if item["CameraId"]["S"] == key and not (table == "QuarterHourTable" and is_rule(item))
    ]
    return round(sum(sizes) / len(sizes)) if sizes else 0


def _alarm_metrics() -> int:
    """CloudWatch bills an alarm for each metric that it reads."""
    alarms = [
        resource.properties
        for resource in load().resources.values()
        if resource.type == "AWS::CloudWatch::Alarm"
    ]
    return sum(
        sum("MetricStat" in query for query in alarm["Metrics"]) if "Metrics" in alarm else 1
        for alarm in alarms
    )


def _number_of(resource_type: str) -> int:
    return sum(resource.type == resource_type for resource in load().resources.values())
