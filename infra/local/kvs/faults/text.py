"""Parses faults: `error-ack error_id=4006 fragment=3`, or the same as a JSON object."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from infra.local.kvs.service.fault import Fault, FaultKind, InvalidFault

EXAMPLE = "drop api=PutMedia fragment=2"
ALWAYS = "always"


def fault_of_text(text: str) -> Fault:
    """Parse a kind and its settings, separated by spaces. Raises InvalidFault."""
    kind, *words = text.split() or [""]
    values: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise InvalidFault(f"{word!r} in the fault {text!r} is not a setting: write name=value")
        if name in values:
            raise InvalidFault(f"the fault {text!r} gives {name} twice: give it once")
        values[name] = value
    return _fault(kind, values)


def fault_of_json(value: Any) -> Fault:
    """Parse a JSON object with `kind` and the settings of that kind. Raises InvalidFault."""
    if not isinstance(value, dict):
        raise InvalidFault('a fault is a JSON object such as {"kind": "drop", "api": "PutMedia"}')
    values = {name: _word(name, setting) for name, setting in value.items()}
    return _fault(values.pop("kind", ""), values)


def json_of(fault: Fault) -> dict[str, Any]:
    """The object that `fault_of_json` reads: every setting that differs from its default."""
    values = {field.name: getattr(fault, field.name) for field in fields(fault)}
    return {field.name: values[field.name] for field in fields(fault) if values[field.name] != field.default}


def _fault(kind: str, values: Mapping[str, str]) -> Fault:
    if kind not in list(FaultKind):
        raise InvalidFault(
            f"{kind!r} is not a kind of fault: write one of {', '.join(FaultKind)}, as in {EXAMPLE!r}"
        )
    for name in values:
        if name not in READERS:
            raise InvalidFault(
                f"{name!r} is not a setting of a fault: use one of {', '.join(sorted(READERS))}"
            )
    return Fault(FaultKind(kind), **{name: READERS[name](name, value) for name, value in values.items()})


def _word(name: str, value: Any) -> str:
    """A JSON value as it is written in the text form."""
    if value is None and name == "times":
        return ALWAYS
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return ",".join(value)
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidFault(f"{name} of a fault is {value!r}: write a string or a number")


def _text(_: str, value: str) -> str:
    return value


def _texts(_: str, value: str) -> tuple[str, ...]:
    return tuple(value.split(","))


def _integer(name: str, value: str, otherwise: str = "") -> int:
    try:
        return int(value)
    except ValueError:
        raise InvalidFault(f"{name} of a fault is {value!r}: write an integer{otherwise}") from None


def _times(name: str, value: str) -> int | None:
    return None if value == ALWAYS else _integer(name, value, f" or {ALWAYS}")


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise InvalidFault(f"{name} of a fault is {value!r}: write a number such as 2.5")
    return seconds


def _yes_or_no(name: str, value: str) -> bool:
    if value not in {"yes", "no"}:
        raise InvalidFault(f"{name} of a fault is {value!r}: write yes or no")
    return value == "yes"


READERS: dict[str, Callable[[str, str], Any]] = {
    "api": _text,
    "stream": _text,
    "after": _integer,
    "times": _times,
    "error": _text,
    "status": _integer,
    "error_id": _integer,
    "fragment": _integer,
    "body_bytes": _integer,
    "answer_bytes": _integer,
    "seconds": _seconds,
    "reads": _yes_or_no,
    "acks": _texts,
    "start_ms": _integer,
    "end_ms": _integer,
}
