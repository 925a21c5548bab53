"""A camera's past in the tables, as the counter and the closing left it, and what recounts do with it."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from random import Random

from counter.recount.entries import RecountEntries
from counter.recount.entry import Recount
from counter.recount.run import RecountDependencies, Span, run
from counter.recount.totals import RecountTotals
from counter.rows import people
from counter.rows.items import quarter_to_item, row_to_item
from counter.rows.kept_rules import is_rule
from counter.rows.new_rows import counted_row, gap_row
from counter.rows.occupancy import Row, roll_up
from counter.rows.placing import Frame
from counter.rows.quarters import by_quarter
from counter.rows.rule import Rule
from counter.stores.marks import MarkTable
from ingest.aws.dynamodb import Item
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from tests.counter.recount.sample_people import LEFT, POSTER, RIGHT, answer
from tests.counter.tables import OCCUPANCY, QUARTERS, STORES
from tests.counter.world import NOON, RETENTION, World, camera

ZONES = {"left": LEFT, "right": RIGHT}
BEFORE = camera(zones={"left": LEFT}, since=NOON - timedelta(days=40))
NOW_RULE = Rule(80.0, ZONES, {"poster": POSTER})
LATER = NOON + timedelta(days=1)
"""When recounts run."""


def by_rule(camera: Camera, rule: Rule) -> Camera:
    """The camera as it counts by a rule."""
    return Camera(
        camera.camera_id,
        camera.store_id,
        camera.since,
        zones=rule.zones,
        ignore=rule.ignore,
        min_confidence=rule.min_confidence,
        sampling=camera.sampling,
    )


def past_rows(camera: Camera, instants: Iterable[datetime], seed: int = 1) -> list[Row]:
    """A row for each instant, with the same people for every camera; every seventh is a gap."""
    random = Random(seed)
    rows = []
    for number, instant in enumerate(instants):
        found = people.read(answer(random))
        frame = Frame("key", camera, instant, instant - timedelta(milliseconds=400))
        if number % 7 == 6:
            rows.append(gap_row(camera, instant, GapReason.NO_MEDIA, RETENTION))
        else:
            rows.append(counted_row(frame, instant, found, RETENTION))
    return rows


def store(world: World, rows: Iterable[Row]) -> None:
    """Put rows and their roll-ups into the tables."""
    rows = list(rows)
    for row in rows:
        world.state.put_item(OCCUPANCY, row_to_item(row))
    for start, group in by_quarter(rows).items():
        quarter = roll_up(group[0].camera_id, start, group)
        assert quarter is not None
        world.state.put_item(QUARTERS, quarter_to_item(quarter))


@dataclass(frozen=True)
class Contents:
    """All rows and roll-ups as DynamoDB has them, in order."""

    rows: list[Item]
    roll_ups: list[Item]


def contents(world: World) -> Contents:
    """What the tables hold."""
    quarters = (item for item in world.state.items(QUARTERS) if not is_rule(item))
    return Contents(
        sorted(world.state.items(OCCUPANCY), key=lambda item: str(item["TimeStamp"]["S"])),
        sorted(quarters, key=lambda item: str(item["QuarterStart"]["S"])),
    )


def entries(world: World) -> RecountEntries:
    return RecountEntries(world.dynamodb, STORES)


@contextmanager
def dependencies(
    world: World, workers: int = 1, now: Callable[[], datetime] = lambda: LATER
) -> Iterator[RecountDependencies]:
    """What a recount needs; one worker makes its calls come in one order."""
    with ThreadPoolExecutor(workers) as threads:
        yield dependencies_of(world, threads, now)


def dependencies_of(world: World, threads: Executor, now: Callable[[], datetime]) -> RecountDependencies:
    return RecountDependencies(world.table, entries(world), MarkTable(world.dynamodb, STORES), threads, now)


def recount(
    world: World,
    rule: Rule,
    span: Span,
    owner: str = "me",
    *,
    workers: int = 1,
    now: Callable[[], datetime] = lambda: LATER,
) -> RecountTotals:
    """What the command does for one camera: begin, or go on, to the end."""
    wanted = Recount(BEFORE.camera_id, *span, rule.digest, None, span[0], span[0])
    with dependencies(world, workers, now) as needs:
        begun = needs.entries.begin(wanted, owner, now())
        parts = [done.totals for done in run(begun, rule, needs)]
    return reduce(add, parts, RecountTotals())
