from datetime import timedelta

import pytest

from ingest.aws.environ import (
    MissingVariable,
    WrongEnvironment,
    days,
    positive_number,
    required,
    whole_number,
)


def test_a_variable() -> None:
    assert required({"TABLE": "cameras"}, "TABLE") == "cameras"


@pytest.mark.parametrize("environ", [{}, {"TABLE": ""}])
def test_a_missing_variable(environ: dict[str, str]) -> None:
    with pytest.raises(MissingVariable, match="environment variable TABLE is not set") as error:
        required(environ, "TABLE")
    assert isinstance(error.value, WrongEnvironment)
    assert isinstance(error.value, KeyError)


@pytest.mark.parametrize(("text", "number"), [("50", 50.0), ("0.5", 0.5)])
def test_a_number(text: str, number: float) -> None:
    assert positive_number({"RATE": text}, "RATE") == number
    assert days({"RATE": text}, "RATE") == timedelta(days=number)


@pytest.mark.parametrize("text", ["0", "-1", "many", "inf", "nan", ""])
def test_a_number_that_is_not_above_0(text: str) -> None:
    for read in (positive_number, days):
        with pytest.raises(WrongEnvironment, match="RATE"):
            read({"RATE": text}, "RATE")


@pytest.mark.parametrize(("text", "number"), [("-1", -1), ("0", 0), ("23", 23)])
def test_a_whole_number(text: str, number: int) -> None:
    assert whole_number({"HOUR": text}, "HOUR", range(-1, 24)) == number


@pytest.mark.parametrize("text", ["-2", "24", "1.5", "1_0", " 1", "six", ""])
def test_a_number_that_is_not_whole_or_out_of_range(text: str) -> None:
    with pytest.raises(WrongEnvironment, match="HOUR"):
        whole_number({"HOUR": text}, "HOUR", range(-1, 24))
