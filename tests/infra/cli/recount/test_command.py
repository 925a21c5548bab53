"""`occupancy recount` on moto: it shows, asks, stores, goes on, and refuses what would go wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

import boto3
import pytest

from counter.recount.entries import RecountEntries
from counter.recount.entry import LEASE, Recount
from counter.rows import people
from counter.rows.items import row_to_item
from counter.rows.kept_rules import KeptRules
from counter.rows.new_rows import counted_row
from counter.rows.occupancy import Row
from counter.rows.placing import Frame
from counter.rows.rule import Rule
from counter.rows.table import OccupancyTable
from counter.stores.marks import MarkTable
from infra.cli.aws.stack import find_stack, find_stack_resources
from infra.cli.recount.running import Recounting
from ingest.registry.camera import Camera
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.aws_errors import FAILURES, fail_calls
from tests.counter.recount.sample_people import answer
from tests.infra.cli.conftest import NOW, FakeClock, Run, refused
from tests.infra.cli.stack_stub import TEMPLATE, deploy

START = from_text("2026-11-21T12:00Z")
END = START + timedelta(minutes=30)
SPAN = ("--from", "2026-11-21T13:00", "--to", "2026-11-21T13:30")
"""In Berlin."""
HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))


def camera(camera_id: str, **values: object) -> Camera:
    settings: dict[str, object] = {
        "store_id": "north",
        "since": NOW - timedelta(days=40),
        "sampling": Sampling(300, "Europe/Berlin"),
        "zones": {"left": HALF},
    }
    return Camera(camera_id, **settings | values)  # type: ignore[arg-type] # the values of each case


def counted(registered: Camera, seed: int = 1) -> list[Row]:
    """Six rows of half an hour."""
    random, rows = Random(seed), []
    for number in range(6):
        at = START + number * timedelta(minutes=5)
        frame = Frame("key", registered, at, at)
        rows.append(counted_row(frame, at, people.read(answer(random)), timedelta(400)))
    return rows


@pytest.fixture
def table(registry: CameraRegistry) -> OccupancyTable:
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    return OccupancyTable(boto3.client("dynamodb"), found.occupancy_table, found.quarter_hour_table)


@pytest.fixture
def stores(registry: CameraRegistry) -> str:
    """The name of the store table."""
    return find_stack(boto3.client("cloudformation"), "store-occupancy").output("StoreTableName")


@pytest.fixture
def entries(stores: str) -> RecountEntries:
    return RecountEntries(boto3.client("dynamodb"), stores)


@pytest.fixture(autouse=True)
def till(registry: CameraRegistry, table: OccupancyTable) -> Camera:
    """A camera with half an hour of rows."""
    found = camera("till")
    registry.add(found)
    put(table, counted(found))
    return found


def put(table: OccupancyTable, rows: list[Row]) -> None:
    for row in rows:
        table.put(row)
    for start in (START, START + timedelta(minutes=15)):
        table.put_roll_up(rows[0].camera_id, start)


def rows_of(table: OccupancyTable, camera_id: str = "till") -> list[Row]:
    return table.rows(camera_id, START, END)


def at_80(found: Camera) -> list[Row]:
    return counted(replace(found, min_confidence=80.0))


def test_it_shows_the_change_asks_and_recounts(
    run: Run, registry: CameraRegistry, table: OccupancyTable, till: Camera, stores: str
) -> None:
    result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", answer="y\n")
    before, after = (sum(row.count or 0 for row in rows) / 6 for rows in (counted(till), at_80(till)))
    left = [sum(row.zones["left"] for row in rows) / 6 for rows in (counted(till), at_80(till))]
    other = sum(a.count != b.count for a, b in zip(counted(till), at_80(till), strict=True))
    assert result.stdout == (
        "Camera till, 2026-11-21 13:00 CET to 2026-11-21 13:30 CET, by the rule of today:\n"
        "Camera till gets min_confidence 80 (now 95), for new frames, too.\n"
        "\n"
        "camera  rows  changed  other count  people before  after\n"
        "────────────────────────────────────────────────────────\n"
        f"till       6        6            {other}           {before:.2f}   {after:.2f}\n"
        f"  left                                       {left[0]:.2f}   {left[1]:.2f}\n"
        "\n"
        "Recount 6 rows? [y/N]: y\n"
        "\n"
        "6 rows and 2 roll-ups were stored again.\n"
    )
    assert (result.exit_code, other > 0) == (0, True)
    assert rows_of(table) == at_80(till)
    rules = [quarter.rule for quarter in table.quarters("till", START, END)]
    assert rules == [Rule.of(till80(till)).digest] * 2
    assert registry.get("till").camera == till80(till)
    assert list(RecountEntries(boto3.client("dynamodb"), stores).all()) == []
    (mark,) = MarkTable(boto3.client("dynamodb"), stores).of_store("north").days
    assert mark.quarters == {START, START + timedelta(minutes=15)}


def till80(found: Camera) -> Camera:
    return replace(found, min_confidence=80.0)


def test_the_rule_is_kept(run: Run, till: Camera) -> None:
    run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes")
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    kept = KeptRules(boto3.client("dynamodb"), found.quarter_hour_table)
    rule = Rule.of(till80(till))
    assert kept.get("till", rule.digest) == rule


def test_a_span_whose_rows_have_expired_is_named(
    run: Run, table: OccupancyTable, registry: CameraRegistry
) -> None:
    """Before the answer, so that nobody sets the threshold for the sake of the past."""
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    for row in rows_of(table):
        item = row_to_item(row)
        key = {name: item[name] for name in ("CameraId", "TimeStamp")}
        boto3.client("dynamodb").delete_item(TableName=found.occupancy_table, Key=key)
    arguments = ("recount", "--camera", "till", *SPAN, "--min-confidence", "70")
    sentence = (
        "Camera till: 2 quarter hours of 2026-11-21 13:00 CET to 2026-11-21 13:15 CET stay as they are,"
        " because their rows have expired.\n"
    )
    shown, done = run(*arguments, answer="n\n"), run(*arguments, "--yes")
    assert sentence in shown.stdout.partition("Recount 0 rows?")[0]
    assert sentence in done.stdout
    assert registry.get("till").camera.min_confidence == 70


def test_a_no_stores_nothing(
    run: Run, registry: CameraRegistry, table: OccupancyTable, entries: RecountEntries, till: Camera
) -> None:
    result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", answer="n\n")
    assert result.exit_code == 1
    assert rows_of(table) == counted(till)
    assert registry.get("till").camera == till
    assert entries.get("till") is None


def test_without_a_threshold_it_applies_the_rule_as_it_is_now(
    run: Run, registry: CameraRegistry, table: OccupancyTable, till: Camera
) -> None:
    changed = replace(till, zones={"left": HALF, "all": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))})
    registry.change(registry.get("till"), changed, NOW)
    result = run("recount", "--camera", "till", *SPAN, "--yes")
    assert "min_confidence" not in result.stdout
    assert rows_of(table) == counted(changed)
    again = run("recount", "--camera", "till", *SPAN)
    assert again.stdout.endswith("\nThere is nothing to recount.\n")
    assert again.exit_code == 0


def test_yes_shows_what_was_changed(run: Run) -> None:
    out = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes").stdout
    assert "people before" in out
    assert out.endswith("\n6 rows and 2 roll-ups were stored again.\n")


def test_all_cameras_of_a_store_though_one_cannot_be(
    run: Run, registry: CameraRegistry, table: OccupancyTable, entries: RecountEntries, till: Camera
) -> None:
    door = camera("door")
    registry.add(door)
    put(table, counted(door))
    day = Recount("door", START, START + timedelta(days=1), "aa", None, START, START)
    entries.begin(day, "killed", NOW - LEASE)
    result = run("recount", "--store", "north", *SPAN, "--min-confidence", "80", "--yes")
    assert result.stderr.endswith(
        "Error: an earlier recount of camera 'door' has not ended: finish it first with `occupancy recount"
        " --camera door --from 2026-11-21T12:00Z --to 2026-11-22T12:00Z`\n"
    )
    assert result.exit_code == 1
    assert rows_of(table) == at_80(till)
    assert rows_of(table, "door") == counted(door)


def test_one_that_runs_elsewhere_is_waited_for_and_then_refused(
    run: Run, table: OccupancyTable, entries: RecountEntries, fake_clock: FakeClock, till: Camera
) -> None:
    entries.begin(Recount("till", START, END, "aa", None, START, START), "other", NOW)
    result = run("recount", "--camera", "till", *SPAN, "--yes")
    sentence = "camera 'till' is being recounted by another command: wait until it has ended"
    assert list(filter(None, result.stderr.split("\n"))) == [
        f"Warning: {sentence}; this waits 20 s, in case that command was killed",
        f"Error: {sentence}",
    ]
    assert "stored again" not in result.stdout
    assert fake_clock.slept == [20.0]
    assert rows_of(table) == counted(till)


def test_a_killed_one_is_gone_on_with_by_the_same_command(
    run: Run, table: OccupancyTable, entries: RecountEntries, till: Camera
) -> None:
    """It has done the first quarter hour; only the second one is read again."""
    middle = START + timedelta(minutes=15)
    put_rows = counted(till)[:3]
    rule = Rule.of(till80(till))
    killed = Recount("till", START, END, rule.digest, 80.0, middle, END)
    entries.begin(killed, "killed", NOW - LEASE)
    result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes")
    assert result.stdout.endswith("\n3 rows and 1 roll-up were stored again.\n")
    assert rows_of(table) == [*put_rows, *at_80(till)[3:]]
    assert entries.get("till") is None


def test_ctrl_c_leaves_the_rest_to_the_same_command(
    run: Run, table: OccupancyTable, entries: RecountEntries, till: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Recounting.run

    def stopped(self: Recounting, chosen: object) -> Iterator[object]:
        parts = real(self, chosen)  # type: ignore[arg-type] # as the command gives it
        try:
            yield next(parts)
            raise KeyboardInterrupt
        finally:
            parts.close()

    with monkeypatch.context() as patch:
        patch.setattr("counter.recount.run.BATCH_ROWS", 3)
        patch.setattr(Recounting, "run", stopped)
        result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes")
    assert result.stdout.endswith("Stopped. The same command goes on where it was.\n")
    assert result.exit_code == 130
    assert rows_of(table) == [*at_80(till)[:3], *counted(till)[3:]]
    left = entries.get("till")
    assert left is not None
    assert left.owner is None
    run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes")
    assert rows_of(table) == at_80(till)


def test_ctrl_c_before_the_first_row_leaves_no_entry(
    run: Run, entries: RecountEntries, till: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it has set the threshold in the registry: then the past is still by the former one."""

    def stopped(*_: object) -> Iterator[object]:
        raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.recount.running.run", stopped)
    assert run("recount", "--camera", "till", *SPAN, "--yes").exit_code == 130
    assert entries.get("till") is None
    assert run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes").exit_code == 130
    assert entries.get("till") is not None


def test_a_camera_that_was_changed_after_another_recount_had_touched_its_rows_keeps_the_entry(
    run: Run, registry: CameraRegistry, entries: RecountEntries, till: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = entries.begin(Recount("till", START, END, "aa", None, START, START), "killed", NOW - 2 * LEASE)
    entries.advance(begun, START, END, NOW - LEASE)

    def confirm(*_: object, **__: object) -> bool:
        registry.change(registry.get("till"), replace(till, min_confidence=60.0), NOW)
        return True

    monkeypatch.setattr("click.confirm", confirm)
    assert run("recount", "--camera", "till", *SPAN, "--min-confidence", "80").exit_code == 1
    left = entries.get("till")
    assert left is not None
    assert (left.owner, left.done, left.reaching) == (None, START, END)


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_rule_that_changes_before_the_answer_is_not_applied_unseen(
    run: Run,
    registry: CameraRegistry,
    table: OccupancyTable,
    entries: RecountEntries,
    till: Camera,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_removed: bool,
) -> None:
    """Nothing has changed, so nothing is unfinished, and another span can be recounted."""

    def confirm(*_: object, **__: object) -> bool:
        if is_removed:
            registry.remove("till")
        else:
            registry.change(registry.get("till"), replace(till, min_confidence=60.0), NOW)
        return True

    monkeypatch.setattr("click.confirm", confirm)
    result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80")
    assert result.stderr.endswith(
        "Error: camera 'till' is not in the registry: see `occupancy camera list`\n"
        if is_removed
        else "Error: camera 'till' was just changed by somebody else: look at it and try again\n"
    )
    assert rows_of(table) == counted(till)
    assert entries.get("till") is None


def test_aws_is_away_for_a_while(
    run: Run, table: OccupancyTable, till: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_calls(patch, ("dynamodb",), FAILURES["HTTPClientError"])
        result = run("recount", "--camera", "till", *SPAN, "--yes")
    assert (result.exit_code, result.stderr.count("Error: ")) == (1, 1)
    assert rows_of(table) == counted(till)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (SPAN, "give either --camera or --store: `occupancy camera list` shows both"),
        (
            ("--camera", "till", "--store", "north", *SPAN),
            "give either --camera or --store: `occupancy camera list` shows both",
        ),
        (("--camera", "tilt", *SPAN), "camera 'tilt' is not in the registry: did you mean till?"),
        (("--store", "nort", *SPAN), "store 'nort' is not in the registry: did you mean north?"),
        (
            ("--camera", "till", *SPAN, "--min-confidence", "40"),
            "--min-confidence 40 is outside 50..100: people below 50 are in no row",
        ),
        (
            ("--camera", "till", "--from", "2026-11-21", "--to", "2026-11-20"),
            "--from 2026-11-21 is not before --to 2026-11-20: give an earlier --from",
        ),
        (
            ("--camera", "till", "--from", "2026-11-23"),
            "the span begins in the future: it is 2026-11-22 14:05:10 CET now, give an earlier time",
        ),
    ],
)
def test_mistakes_are_one_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    refused(run("recount", *arguments), sentence)


def test_a_stack_without_the_store_table(run: Run, registry: CameraRegistry) -> None:
    older = {**TEMPLATE, "Outputs": {k: v for k, v in TEMPLATE["Outputs"].items() if k != "StoreTableName"}}
    deploy("older", older)
    found = find_stack_resources(boto3.client("cloudformation"), "older")
    CameraRegistry(boto3.client("dynamodb"), found.camera_table).add(camera("till"))
    result = run("recount", "--camera", "till", *SPAN, "--min-confidence", "80", "--yes", "--stack", "older")
    assert "has no output StoreTableName" in result.stderr
    assert result.exit_code == 1
