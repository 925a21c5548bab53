import pytest

from tests.infra.cli.conftest import Run, refused


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--time-zone", ""),
        ("--hours", " "),
        ("--every", ""),
        ("--store", ""),
        ("--area", ""),
        ("--stream", ""),
        ("--zone", ""),
        ("--min-confidence", ""),
        ("--since", ""),
        ("--stack", ""),
        ("--region", ""),
    ],
)
@pytest.mark.parametrize("command", ["add", "set"])
def test_what_is_given_has_a_value(run: Run, command: str, option: str, value: str) -> None:
    sentence = f"{option} is empty: give a value or leave the option out"
    refused(run("camera", command, "entrance", option, value), sentence)


def test_an_empty_variable_is_an_unset_one(run: Run, stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "")
    monkeypatch.setenv("OCCUPANCY_STACK", "")
    assert run("camera", "list").stdout.startswith("Stack store-occupancy has no cameras yet")
