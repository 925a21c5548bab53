import pytest

from infra.cli.terminal.texts import counted, listed


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
