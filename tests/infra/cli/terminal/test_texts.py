import pytest

from infra.cli.terminal.texts import counted, late_counts, listed


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 dead letters"), (1, "1 dead letter"), (2, "2 dead letters")]
)
def test_a_number_with_its_noun(number: int, text: str) -> None:
    assert counted(number, "dead letter") == text


def test_a_long_list_is_cut() -> None:
    names = [f"door-{number}" for number in range(12)]
    assert listed(names[:2]) == "door-0, door-1"
    assert listed(names[:10]).endswith(", door-9")
    assert listed(names).endswith(", door-9 and 2 more")


def test_days_with_late_counts_are_cut_as_well() -> None:
    days = [f"2026-11-{number}" for number in range(10, 22)]
    assert late_counts(days) == (
        f"late counts of {listed(days)} are not in the history yet: the next closing adds them"
    )
