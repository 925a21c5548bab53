import pytest

from ingest.gateway.spool.entries import Dropped, SpoolEntry, named, parsed

NAME = "000000000012_1795393011685_1795393015645_0000beef"


def test_a_name_tells_all_but_the_size() -> None:
    entry = named(12, (1_795_393_011_685, 1_795_393_015_645), 0xBEEF, 300)

    assert entry.name == NAME
    assert parsed(NAME, 300) == entry


@pytest.mark.parametrize("shift_ms", [86_400_000, -400_000])
def test_an_earlier_gateways_name_has_the_right_span_and_how_much_later_that_is(shift_ms: int) -> None:
    entry = parsed(f"{NAME}_{shift_ms}", 300)

    assert entry is not None
    assert (entry.first_ms, entry.last_ms, entry.shift_ms) == (1_795_393_011_685, 1_795_393_015_645, shift_ms)
    assert entry.name == f"{NAME}_{shift_ms}"


@pytest.mark.parametrize(
    "name", ["probe", "clock_000000000012_86400000", f"{NAME}.new", NAME[1:], f"{NAME}_"]
)
def test_other_files_are_no_entries(name: str) -> None:
    assert parsed(name, 300) is None


def test_a_later_entry_keeps_its_file() -> None:
    later = named(1, (1_000, 2_000), 7, 300).later(500)

    assert later == SpoolEntry(1, 1_500, 2_500, 7, 300, 500, named(1, (1_000, 2_000), 7, 300).name)
    assert later.later(-500) == named(1, (1_000, 2_000), 7, 300)


def test_what_was_dropped_adds_up() -> None:
    assert Dropped("full", 1, 5, 9) + Dropped("full", 2, 1, 7) == Dropped("full", 3, 1, 9)
