"""Two closings at once, conflicts and kills at every step: no change of a day is lost, no other changes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from counter.history import day as day_module
from counter.stores.day_marks import DayMark
from counter.stores.marks import MarkTable
from tests.counter.history.shop import AFTER, DAY, Shop, till
from tests.counter.rekognition import people
from tests.counter.world import DEAD_LETTERS, HISTORY, event
from tests.killing import Killed, Killer
from tests.moto_state import MotoState

QUARTER = timedelta(minutes=15)
NOW = AFTER + QUARTER
FILES = {f"history/day={DAY}/store=north/{name}" for name in ("quarters.jsonl.gz", "hours.json.gz")}


@dataclass
class Steps:
    """Does `act` once, right before call number `at` of the clients (0: the first), or never."""

    act: Callable[[], object]
    at: int | None = None
    calls: int = 0
    acted: bool = False

    def step(self, **_: Any) -> None:
        if self.acted:
            return
        if self.calls == self.at:
            self.acted = True
            self.act()
        self.calls += 1

    @contextmanager
    def watching(self, shop: Shop) -> Iterator[None]:
        clients = shop.world.clients.all()
        for client in clients:
            client.meta.events.register("before-call", self.step)
        yield
        for client in clients:
            client.meta.events.unregister("before-call", self.step)


@dataclass
class Moment:
    """A state of the world to return to."""

    shop: Shop
    instants: list[datetime]
    history: MotoState = field(default_factory=lambda: MotoState(HISTORY, DEAD_LETTERS))

    def __post_init__(self) -> None:
        self._tables, self._files = self.shop.world.state.snapshot(), self.history.versions()
        self.before = self.shop.versions()

    def restore(self) -> None:
        self.shop.world.state.restore(self._tables)
        self.history.restore_versions(self._files)

    def late_frame(self, number: int) -> None:
        """A frame for one of the day's instants comes."""
        self.shop.count("till-1", self.instants[number], number, NOW)

    def is_true(self) -> bool:
        try:
            self.shop.assert_true()
        except (AssertionError, self.shop.world.s3.exceptions.NoSuchKey):
            return False
        return True

    def pending(self) -> bool:
        """Whether the next closing will write the day."""
        return ("till-1", DAY) in self.shop.marked() or self.shop.store().next_day in {None, DAY}

    def changed(self) -> set[str]:
        return {key for key, number in self.shop.versions().items() if number != self.before.get(key)}


@pytest.fixture
def marked(shop: Shop) -> Moment:
    """The day is written, and a late frame has marked it."""
    shop.world.add(till())
    shop.world.close(AFTER)
    moment = Moment(shop, shop.instants("till-1"))
    moment.late_frame(1)
    moment.__post_init__()
    return moment


@pytest.fixture
def over(shop: Shop) -> Moment:
    """The day is over and closed, and its file is not written."""
    shop.world.add(till())
    shop.world.close(AFTER, lambda: shop.world.registry.get("till-1").closed_until == AFTER - QUARTER)
    assert (shop.days(), shop.world.registry.get("till-1").closed_until) == ([], AFTER - QUARTER)
    return Moment(shop, shop.instants("till-1"))


@pytest.fixture(params=["over", "marked"])
def moment(request: pytest.FixtureRequest) -> Moment:
    found: Moment = request.getfixturevalue(request.param)
    return found


def calls_of(moment: Moment, act: Callable[[], object]) -> int:
    steps = Steps(lambda: None)
    with steps.watching(moment.shop):
        act()
    moment.restore()
    return steps.calls


def lost_updates(moment: Moment, *, more: bool) -> list[int]:
    """The steps of a closing at which a late frame and a second closing make a change get lost.

    With `more`, another frame comes after the second closing.
    """
    shop, lost = moment.shop, []

    def between() -> None:
        moment.late_frame(2)
        shop.world.close(NOW)
        if more:
            moment.late_frame(3)

    for point in range(calls_of(moment, lambda: shop.world.close(NOW))):
        steps = Steps(between, point)
        with steps.watching(shop):
            shop.world.close(NOW)
        assert steps.acted
        if not (moment.is_true() or moment.pending()):
            lost.append(point)
        shop.world.close(NOW)
        if not moment.is_true() or moment.pending() or moment.changed() != FILES:
            lost.append(point)
        moment.restore()
    return lost


@pytest.mark.parametrize("more", [False, True])
def test_two_closings_interleaved_at_every_step_with_late_frames(moment: Moment, *, more: bool) -> None:
    assert calls_of(moment, lambda: moment.shop.world.close(NOW)) > 8
    assert lost_updates(moment, more=more) == []


def test_a_mark_that_is_removed_whatever_its_value_loses_changes(
    marked: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""

    def remove(marks: MarkTable, mark: DayMark, quarters: Any) -> bool:
        current = [each for each in marks.of_store("north").days if each.day == mark.day]
        for each in current:
            original(marks, each, each.quarters)
        return True

    original = MarkTable.remove
    monkeypatch.setattr(MarkTable, "remove", remove)
    assert lost_updates(marked, more=True) != []


def test_a_file_that_is_put_whatever_the_bucket_holds_loses_changes(marked: Moment) -> None:
    """And so can it without If-Match."""

    def drop(params: dict[str, Any], **_: Any) -> None:
        params["headers"].pop("If-Match", None)

    events = marked.shop.world.s3.meta.events
    events.register("before-call.s3.PutObject", drop)
    try:
        assert lost_updates(marked, more=False) != []
    finally:
        events.unregister("before-call.s3.PutObject", drop)


@contextmanager
def conflicts(shop: Shop, status: int, times: int) -> Iterator[list[str]]:
    """S3 answers the next puts with a conflict."""
    refused: list[str] = []

    def refuse(params: dict[str, Any], **_: Any) -> Any:
        if len(refused) >= times:
            return None
        refused.append(params["url_path"])
        codes = {404: "NoSuchKey", 409: "ConditionalRequestConflict", 412: "PreconditionFailed"}
        error = {"Code": codes[status], "Message": ""}
        return SimpleNamespace(status_code=status), {
            "Error": error,
            "ResponseMetadata": {"HTTPStatusCode": status},
        }

    events = shop.world.s3.meta.events
    events.register("before-call.s3.PutObject", refuse)
    yield refused
    events.unregister("before-call.s3.PutObject", refuse)


@pytest.mark.parametrize("status", [404, 409, 412])
@pytest.mark.parametrize("times", [1, 4])
def test_a_conflict_starts_the_day_over(moment: Moment, status: int, times: int) -> None:
    with conflicts(moment.shop, status, times) as refused:
        moment.shop.world.close(NOW)
    assert len(refused) == times
    assert moment.is_true()
    assert not moment.pending()
    assert moment.changed() == FILES


def test_a_day_that_others_always_overtake_is_left_to_the_next_run(moment: Moment) -> None:
    with conflicts(moment.shop, 412, day_module.ATTEMPTS) as refused:
        moment.shop.world.close(NOW)
    assert len(refused) == day_module.ATTEMPTS
    assert moment.pending()
    moment.shop.world.close(NOW)
    assert moment.is_true()
    assert not moment.pending()


def test_any_other_answer_fails_the_store_and_keeps_the_mark(moment: Moment) -> None:
    def refuse(params: dict[str, Any], **_: Any) -> Any:
        answer = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return SimpleNamespace(status_code=403), answer

    events = moment.shop.world.s3.meta.events
    events.register("before-call.s3.PutObject", refuse)
    result = moment.shop.world.close(NOW)
    events.unregister("before-call.s3.PutObject", refuse)
    assert result.history_failures == {"north": "PutObject: AccessDenied"}
    assert moment.pending()


def killed(moment: Moment, survive: int, act: Callable[[], object]) -> None:
    killer, clients = Killer(survive), moment.shop.world.clients.all()
    killer.watch(*clients)
    try:
        with pytest.raises(Killed):
            act()
    finally:
        killer.unwatch(*clients)


def test_a_closing_killed_anywhere_loses_nothing(moment: Moment) -> None:
    shop = moment.shop
    for point in range(calls_of(moment, lambda: shop.world.close(NOW))):
        killed(moment, 2 * point, lambda: shop.world.close(NOW))
        assert moment.is_true() or moment.pending(), point
        shop.world.close(NOW)
        assert moment.is_true(), point
        assert not moment.pending()
        assert moment.changed() == FILES
        moment.restore()


def test_a_counter_killed_between_roll_up_mark_and_frame_loses_nothing(marked: Moment) -> None:
    shop, instant = marked.shop, marked.instants[2]
    key = shop.world.frame("till-1", instant, people(99, 99))

    def deliver() -> None:
        shop.world.count([event(key, key, at=NOW)], NOW)

    def written() -> None:
        shop.world.close(NOW)  # a closing comes between the kill and the next delivery
        deliver()
        shop.world.close(NOW)

    marked._tables = shop.world.state.snapshot()
    for point in range(calls_of(marked, deliver)):
        killed(marked, 2 * point, deliver)
        written()
        assert marked.is_true(), point
        assert sum(line["counted"] for line in shop.lines()) == 2
        assert shop.world.keys_left() == []
        marked.restore()
