"""Faults as people write them: `error-ack error_id=4006 fragment=3` or the same as a JSON object."""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from infra.local.kvs.service.fault import Fault, FaultKind, InvalidFault

EXAMPLE = "drop api=PutMedia fragment=2"
ALWAYS = "always"


def fault_of_text(text: str) -> Fault:
    """A kind and its settings, with spaces between. Raises InvalidFault."""
    kind, *words = text.split() or [""]
    values: dict[str, str] = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise InvalidFault(f"{word!r} of the fault {text!r} is no setting: write name=value")
        if name in values:
            raise InvalidFault(f"the fault {text!r} has {name} twice: give it once")
        values[name] = value
    return _fault(kind, values)


def fault_of_json(value: Any) -> Fault:
    """A JSON object with `kind` and the settings of that kind. Raises InvalidFault."""
    if not isinstance(value, dict):
        raise InvalidFault('a fault is a JSON object such as {"kind": "drop", "api": "PutMedia"}')
    values = {name: _word(name, one) for name, one in value.items()}
    return _fault(values.pop("kind", ""), values)


def json_of(fault: Fault) -> dict[str, Any]:
    """The object that `fault_of_json` reads: what differs from the defaults."""
    given = {one.name: getattr(fault, one.name) for one in fields(fault)}
    return {one.name: given[one.name] for one in fields(fault) if given[one.name] != one.default}


def _fault(kind: str, values: Mapping[str, str]) -> Fault:
    if kind not in list(FaultKind):
        raise InvalidFault(
            f"{kind!r} is no kind of fault: write one of {', '.join(FaultKind)}, as in {EXAMPLE!r}"
        )
    for name in values:
        if name not in READERS:
            raise InvalidFault(f"{name!r} is no setting of a fault: they are {', '.join(sorted(READERS))}")
    return Fault(FaultKind(kind), **{name: READERS[name](name, value) for name, value in values.items()})


def _word(name: str, value: Any) -> str:
    """A JSON value as one would write it in a text."""
    if value is None and name == "times":
        return ALWAYS
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
        return ",".join(value)
    if isinstance(value, str | int | float):
        return str(value)
    raise InvalidFault(f"{name} of a fault is {value!r}: write a text or a number")


def _text(_: str, value: str) -> str:
    return value


def _texts(_: str, value: str) -> tuple[str, ...]:
    return tuple(value.split(","))


def _whole(name: str, value: str, otherwise: str = "") -> int:
    try:
        return int(value)
    except ValueError:
        raise InvalidFault(f"{name} of a fault is {value!r}: write a whole number{otherwise}") from None


def _times(name: str, value: str) -> int | None:
    return None if value == ALWAYS else _whole(name, value, f" or {ALWAYS}")


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
    "after": _whole,
    "times": _times,
    "error": _text,
    "status": _whole,
    "error_id": _whole,
    "fragment": _whole,
    "body_bytes": _whole,
    "answer_bytes": _whole,
    "seconds": _seconds,
    "reads": _yes_or_no,
    "acks": _texts,
    "start_ms": _whole,
    "end_ms": _whole,
}
