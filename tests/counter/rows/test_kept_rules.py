import pytest

from counter.rows.kept_rules import KeptRules, is_rule
from counter.rows.rule import MIXED, Rule
from ingest.times import QUARTER_HOUR
from tests.counter.rows.sample_rows import COUNTED, QUARTER
from tests.counter.tables import QUARTERS
from tests.counter.world import Cloud, World
from tests.killing import Killed, Killer

DOOR = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.25))
RULES = [Rule(95.0), Rule(80.5, {"door": DOOR}, {"poster": DOOR[::-1]})]


@pytest.mark.parametrize("rule", RULES, ids=["plain", "with polygons"])
def test_a_digest_is_read_back(world: World, rule: Rule) -> None:
    kept = KeptRules(world.dynamodb, QUARTERS)
    assert kept.get("till-1", rule.digest) is None
    kept.keep("till-1", rule)
    found = KeptRules(world.dynamodb, QUARTERS).get("till-1", rule.digest)
    assert (found, found.digest if found else "") == (rule, rule.digest)
    assert kept.get("till-2", rule.digest) is None
    assert kept.get("till-1", MIXED) is None


def test_a_rule_is_written_once(world: World, cloud: Cloud) -> None:
    kept = KeptRules(world.dynamodb, QUARTERS)
    for _ in range(3):
        for rule in RULES:
            kept.keep("till-1", rule)
    assert len(list(world.state.items(QUARTERS))) == 2
    world.state.restore(cloud.empty)
    kept.keep("till-1", RULES[0])
    assert list(world.state.items(QUARTERS)) == []


def test_a_rule_that_could_not_be_written_is_written_next_time(world: World) -> None:
    kept = KeptRules(world.dynamodb, QUARTERS)
    killer = Killer(0)
    killer.watch(world.dynamodb)
    with pytest.raises(Killed):
        kept.keep("till-1", RULES[0])
    killer.unwatch(world.dynamodb)
    kept.keep("till-1", RULES[0])
    assert [is_rule(item) for item in world.state.items(QUARTERS)] == [True]


def test_no_read_of_a_span_meets_a_rule(world: World) -> None:
    world.table.put(COUNTED)
    world.table.put_roll_up("till-1", QUARTER)
    KeptRules(world.dynamodb, QUARTERS).keep("till-1", RULES[0])
    far = QUARTER + 40_000 * QUARTER_HOUR
    found = list(world.table.newest_quarters("till-1", QUARTER - QUARTER_HOUR, far))
    assert [quarter.start for quarter in found] == [QUARTER]
    assert sorted(map(is_rule, world.state.items(QUARTERS))) == [False, True]
