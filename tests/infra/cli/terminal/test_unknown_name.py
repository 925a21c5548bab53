import pytest

from infra.cli.terminal.unknown_name import UnknownName


@pytest.mark.parametrize(
    ("known", "instead"),
    [
        (["door", "till"], "did you mean door?"),
        (["till"], "see `occupancy camera list`"),
        ([], "see `occupancy camera list`"),
    ],
)
def test_the_nearest_names_are_given(known: list[str], instead: str) -> None:
    assert str(UnknownName("camera", "dor", known)) == f"camera 'dor' is not in the registry: {instead}"
