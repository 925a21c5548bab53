"""A month of a camera, a frame a minute, recounted to another threshold: 43,200 rows with five people each.

Over stubs in this process: DynamoDB 5 ms a call, conditions always hold. Afterwards each row and roll-up is
compared, byte by byte, with what counting at that threshold would have given.
"""

import json
import time
import tracemalloc
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar

from counter.recount.entries import RecountEntries
from counter.recount.entry import Recount
from counter.recount.run import Done, RecountDependencies, preview, run
from counter.rows import people
from counter.rows.items import quarter_to_item, row_to_item
from counter.rows.new_rows import counted_row
from counter.rows.occupancy import roll_up
from counter.rows.placing import Frame
from counter.rows.rule import Rule
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from infra.cli.recount.running import WORKERS
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.times import QUARTER_HOUR, to_text
from tests.bench._stubs import Stubs, _json

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 30
CAMERA = Camera("entrance", "store", START, sampling=Sampling(60))
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
BEFORE = replace(CAMERA, zones={"left": LEFT})
AFTER = replace(BEFORE, min_confidence=80.0)
RULE = Rule.of(AFTER)
ROUNDS = 3
KEY = ("CameraId", "TimeStamp")

PAGE_ROWS = 700
"""Of an answer to Query: about a megabyte of such rows."""

Items = dict[str, Any]
"""Items by sort key."""


class MonthStubs(Stubs):
    """The stubs with what a recount needs: pages, projections, updates; keys are looked up in their order."""

    def _month_query(self, request: Any) -> tuple[str, bytes]:
        asked = json.loads(request.body)
        values, names = asked["ExpressionAttributeValues"], asked.get("ExpressionAttributeNames", {})
        partition = self.tables[asked["TableName"]].get(values[":camera"]["S"], {})
        keys = self._keys.setdefault((asked["TableName"], len(partition)), sorted(partition))
        first = asked.get("ExclusiveStartKey", {}).get("TimeStamp", values[":start"])["S"]
        begin = bisect_left(keys, first) + ("ExclusiveStartKey" in asked)
        found = keys[begin : bisect_right(keys, values[":last"]["S"])]
        items = [partition[key] for key in found[:PAGE_ROWS]]
        if "ProjectionExpression" in asked:
            shown = {names[name] for name in asked["ProjectionExpression"].split(", ")}
            items = [{name: item[name] for name in shown & item.keys()} for item in items]
        page: dict[str, Any] = {"Items": items}
        if len(found) > PAGE_ROWS:
            page["LastEvaluatedKey"] = {name: partition[found[PAGE_ROWS - 1]][name] for name in KEY}
        return _json(page)

    def _month_update(self, request: Any) -> tuple[str, bytes]:
        asked = json.loads(request.body)
        if asked["TableName"] == "occupancy":
            key = asked["Key"]
            item = self.tables["occupancy"][key["CameraId"]["S"]][key["TimeStamp"]["S"]]
            for clause in asked["UpdateExpression"].removeprefix("SET ").split(", "):
                name, value = clause.split(" = ")
                item[asked["ExpressionAttributeNames"][name]] = asked["ExpressionAttributeValues"][value]
        return _json({})

    def _month_put(self, request: Any) -> tuple[str, bytes]:
        if json.loads(request.body)["TableName"] == "stores":
            return _json({})
        return self._put_item(request)

    _keys: ClassVar[dict[tuple[str, int], list[str]]] = {}
    _answers: Mapping[str, Any] = {
        **Stubs._answers,
        "Query": _month_query,
        "PutItem": _month_put,
        "UpdateItem": _month_update,
        "GetItem": lambda *_: _json({}),
        "DeleteItem": lambda *_: _json({}),
    }


def main() -> None:
    """Print a line for each step of each round, then the memory that one day and four take."""
    print("step         rows   wall s   CPU s  CPU us/row   calls")
    for _ in range(ROUNDS):
        stubs = _stored(DAYS)
        _measure("preview", stubs, DAYS, _preview)
        _measure("recount", stubs, DAYS, _recount)
        _check(stubs)
    print("step         rows  peak MB of Python objects")
    for days in (1, 4):
        stubs = _stored(days)
        for name, work in (("preview", _preview), ("recount", _recount)):
            tracemalloc.start()
            rows = sum(done.totals.rows for done in work(stubs, days))
            print(f"{name:8} {rows:8}  {tracemalloc.get_traced_memory()[1] / 1e6:7.1f}", flush=True)
            tracemalloc.stop()


def _stored(days: int) -> MonthStubs:
    """The tables as the former rule has left them."""
    stubs = MonthStubs({"dynamodb": 0.005})
    for rows, quarter in _quarters(BEFORE, days):
        stubs.tables["occupancy"].setdefault(CAMERA.camera_id, {}).update(rows)
        stubs.tables["quarters"].setdefault(CAMERA.camera_id, {}).update(quarter)
    return stubs


def _check(stubs: MonthStubs) -> None:
    """Compare each item with what counting by the new rule would have stored."""
    for rows, quarter in _quarters(AFTER, DAYS):
        for table, items in (("occupancy", rows), ("quarters", quarter)):
            stored = stubs.tables[table][CAMERA.camera_id]
            assert {key: stored[key] for key in items} == items


def _preview(stubs: MonthStubs, days: int) -> list[Done]:
    table = OccupancyTable(stubs.client("dynamodb"), "occupancy", "quarters")
    return list(preview(table, CAMERA.camera_id, RULE, _span(days)))


def _recount(stubs: MonthStubs, days: int) -> list[Done]:
    dynamodb = stubs.client("dynamodb")
    start, end = _span(days)
    now = end + timedelta(days=1)
    wanted = Recount(CAMERA.camera_id, start, end, RULE.digest, None, start, start).owned("bench", now)
    with ThreadPoolExecutor(WORKERS) as threads:
        needs = RecountDependencies(
            OccupancyTable(dynamodb, "occupancy", "quarters"),
            RecountEntries(dynamodb, "stores"),
            MarkTable(dynamodb, "stores"),
            threads,
            lambda: now,
        )
        return list(run(wanted, RULE, needs))


def _measure(step: str, stubs: MonthStubs, days: int, work: Callable[[MonthStubs, int], list[Done]]) -> None:
    stubs.calls.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    rows = sum(done.totals.rows for done in work(stubs, days))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{step:8} {rows:8}  {wall:7.1f} {cpu:7.1f}  {cpu / rows * 1e6:10.0f}  {stubs.calls.total():6}",
        flush=True,
    )


def _span(days: int) -> tuple[datetime, datetime]:
    return START, START + timedelta(days=days)


def _quarters(camera: Camera, days: int) -> Iterator[tuple[Items, Items]]:
    """Rows and roll-up of each quarter hour as a counter with the camera's rule stores them.

    The people are the same for each rule.
    """
    random = Random(1)
    for number in range(days * 96):
        start = START + number * QUARTER_HOUR
        instants = (start + timedelta(minutes=minute) for minute in range(15))
        rows = [
            counted_row(Frame("", camera, at, at), at, people.read(_answer(random)), timedelta(days=400))
            for at in instants
        ]
        quarter = roll_up(camera.camera_id, start, rows)
        assert quarter is not None
        yield (
            {to_text(row.instant): row_to_item(row) for row in rows},
            {to_text(start): quarter_to_item(quarter)},
        )


def _answer(random: Random) -> dict[str, Any]:
    instances = [
        {
            "BoundingBox": {
                "Left": round(random.uniform(0.0, 0.9), 6),
                "Top": round(random.uniform(0.0, 0.7), 6),
                "Width": 0.0812,
                "Height": 0.25,
            },
            "Confidence": round(random.uniform(60, 100), 4),
        }
        for _ in range(5)
    ]
    label = {"Name": "Person", "Confidence": 99.2, "Instances": instances}
    return {"Labels": [label], "LabelModelVersion": "3.0"}
