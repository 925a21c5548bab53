from dataclasses import replace

import pytest

from counter.rows.rule import MIXED, Rule, common_rule
from tests.counter.world import camera

DOOR = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.25))
TILL = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0))
RULE = Rule(95.0, {"door": DOOR, "till": TILL}, {"poster": DOOR})


def test_the_rule_of_a_camera() -> None:
    known = camera(min_confidence=80.0, zones={"door": DOOR}, ignore={"poster": TILL})
    assert Rule.of(known) == Rule(80.0, {"door": DOOR}, {"poster": TILL})


def test_a_digest_is_the_same_in_every_process() -> None:
    """It is compared with what years-old rows say."""
    assert RULE.digest == "979a3a49a58563c7"
    assert Rule(95.0).digest == "00c9c798e75dede7"


@pytest.mark.parametrize(
    "same",
    [
        Rule(95, RULE.zones, RULE.ignore),
        replace(RULE, zones={"till": TILL, "door": DOOR}),
        replace(RULE, zones={"door": ((0, 0), (0.5, 0), (0.5, 0.25)), "till": TILL}),
    ],
    ids=["whole number", "order of the names", "whole corners"],
)
def test_equal_rules_have_one_digest(same: Rule) -> None:
    assert same.digest == RULE.digest


@pytest.mark.parametrize(
    "other",
    [
        replace(RULE, min_confidence=94.9),
        replace(RULE, zones={"door": DOOR}),
        replace(RULE, zones={"door": DOOR, "counter": TILL}),
        replace(RULE, zones=RULE.ignore, ignore=RULE.zones),
        replace(RULE, zones={"door": DOOR, "till": TILL[::-1]}),
    ],
    ids=["threshold", "a zone less", "another name", "zones and ignore swapped", "other corners"],
)
def test_other_rules_have_another_digest(other: Rule) -> None:
    assert other.digest != RULE.digest


@pytest.mark.parametrize(
    ("digests", "expected"),
    [
        ([], None),
        ([None, None], None),
        (["a", "a"], "a"),
        (["a", "b"], MIXED),
        (["a", None], MIXED),
    ],
    ids=["no rows", "old rows", "one rule", "two rules", "old and new rows"],
)
def test_the_rule_of_several_rows(digests: list[str | None], expected: str | None) -> None:
    assert common_rule(digests) == expected
