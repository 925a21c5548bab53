"""What one event of the code uses: counted in runs of the handlers, or assumed. Pure.

A test compares `counts.toml` with runs of the handlers; `python -m tests.infra.cost.update` writes it anew.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Counted:
    """What the handlers did in the runs; sizes in bytes, units are DynamoDB's request units."""

    registry_item: float
    """Of a camera, with its state item."""
    row: float
    """With three people."""
    quarter: float
    pull_writes: Mapping[str, float]
    """A pull writes the registry: by mode."""
    pull_reads: float
    """A pull reads the registry."""
    fragments_a_sample: float
    heads_a_sample: float
    """The counter asks S3 what a frame's sender found on it."""
    writes_a_row: float
    """Of the counter: one for each row."""
    writes_a_roll_up: float
    reads_a_camera: float
    """The counter reads the registry: for each camera of a batch."""
    reads_a_row: float
    """The counter reads whether an instant is counted already, and what the instants before it showed."""
    closing_writes: float
    """The closing writes the registry: for each camera and quarter hour, open or not."""
    closing_roll_up_writes: float
    """For each camera and quarter hour with sample instants."""
    closing_store_reads: float
    """Each run of the closing reads the stores and their marks; with one store."""
    closing_mark_writes: float
    """The closing marks the days of the roll-ups: for each of these."""
    history_puts: float
    """Of S3: for each store and day, its files."""
    history_gets: float
    """Of S3: for each store and day; the closing looks for the files so far."""
    history_join_puts: float
    """Of S3: for each store and month, the joined file."""
    history_join_gets: float
    """Of S3: for each store and month, besides one for each of its days."""
    history_store_reads: float
    """For each store and day, the store's marks."""
    history_writes: float
    """For each store and day, its entry."""
    history_mark_removals: float
    """For each camera and day with sample instants."""
    log: Mapping[str, float]
    """Bytes that an invocation of a function writes to its log, by service."""
    metrics: Mapping[str, int]
    """Custom metrics of a function, by service: in a month without trouble, and with each kind of it."""
    closing_line: float
    """Bytes that the closing logs of each camera and quarter hour with sample instants."""
    alarm_metrics: int
    dashboards: int
    memory_gb: Mapping[str, float]
    """By service; that of the counter depends on the rate."""
    batch: Mapping[str, int]
    """The messages of an invocation, by service; those of the counter depend on the rate."""
    counter_memory_gb: Mapping[str, float]
    """By DetectLabelsPerSecond."""
    counter_batch: Mapping[str, int]
    """The messages of an invocation of the counter, by DetectLabelsPerSecond."""


@dataclass(frozen=True)
class Assumed:
    """What cannot be counted without AWS: durations in seconds, sizes in bytes."""

    schedule_seconds: float
    schedule_camera_seconds: float
    pull_seconds: float
    pull_camera_seconds: float
    counter_seconds: float
    inspect_seconds: float
    """Of a frame whose sender did not inspect it: the counter reads and decodes one at a time."""
    closing_seconds: float
    closing_camera_seconds: float
    lambda_log: float
    """Lambda's own lines for each invocation."""
    idle_receives_a_minute: float
    """Of each queue: Lambda polls it also while it is empty."""
    keyframes_share: float
    """What `send: keyframes` sends, of `send: all`."""
    history_line: float
    """Packed bytes of a camera's quarter hour in a day file, with its share of the sums beside it."""
    item_overhead: float
    """Bytes that DynamoDB adds to the size of each stored item."""


@dataclass(frozen=True)
class Counts:
    """All that the model of the costs knows of the code."""

    counted: Counted
    assumed: Assumed


def read_counts(text: str) -> Counts:
    """Read `counts.toml`."""
    document = tomllib.loads(text)
    return Counts(Counted(**document["counted"]), Assumed(**document["assumed"]))
