"""Reads the members of a request and checks the constraints of the API; the messages are worded as AWS's."""

import math
import re
from collections.abc import Mapping
from typing import Any

from infra.local.kvs.service.errors import InvalidArgumentException

STREAM_NAME = r"[a-zA-Z0-9_.-]{1,256}"
STREAM_ARN = r"arn:[a-z\d-]+:kinesisvideo:[a-z0-9-]+:[0-9]+:[a-z]+/[a-zA-Z0-9_.-]+/[0-9]+"


class Parameters:
    """A JSON object and its path in the request. Every method raises InvalidArgumentException."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values = values
        self._path = path

    def text(self, name: str, pattern: str = r"(?s:.+)") -> str | None:
        """A string that fully matches `pattern`, or None if it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            raise self._invalid(name, value, f"satisfy regular expression pattern: {pattern}")
        return value

    def required_text(self, name: str, pattern: str = r"(?s:.+)") -> str:
        """A required string that fully matches `pattern`."""
        value = self.text(name, pattern)
        if value is None:
            raise self._missing(name)
        return value

    def integer(self, name: str, lowest: int, highest: int) -> int | None:
        """An integer from `lowest` to `highest`, or None if it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise self._invalid(name, value, f"be a whole number from {lowest} to {highest}")
        return value

    def time(self, name: str) -> int:
        """A required time in epoch seconds, rounded to microseconds."""
        value = self._values.get(name)
        if value is None:
            raise self._missing(name)
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise self._invalid(name, value, "be a time in epoch seconds")
        return round(value * 1_000_000)

    def inner(self, name: str) -> "Parameters | None":
        """A structure, or None if it is absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._invalid(name, value, "be a structure")
        return Parameters(value, self._path + name + ".")

    def texts(self, name: str, pattern: str, highest: int) -> list[str]:
        """A required list of 1 to `highest` strings."""
        value = self._values.get(name)
        if value is None:
            raise self._missing(name)
        if not isinstance(value, list) or not 1 <= len(value) <= highest:
            raise self._invalid(name, value, f"have from 1 to {highest} members")
        for member in value:
            if not isinstance(member, str) or re.fullmatch(pattern, member) is None:
                raise self._invalid(name, member, f"satisfy regular expression pattern: {pattern}")
        return value

    def mapping(self, name: str, key_pattern: str, value_pattern: str) -> dict[str, str]:
        """A map of strings; empty if it is absent."""
        value = self._values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self._invalid(name, value, "be a map of strings")
        for key, entry in value.items():
            if re.fullmatch(key_pattern, key) is None:
                raise self._invalid(name, key, f"satisfy regular expression pattern: {key_pattern}")
            if not isinstance(entry, str) or re.fullmatch(value_pattern, entry) is None:
                raise self._invalid(name, entry, f"satisfy regular expression pattern: {value_pattern}")
        return value

    def _invalid(self, name: str, value: object, constraint: str) -> InvalidArgumentException:
        return InvalidArgumentException(
            f"1 validation error detected: Value '{str(value)[:100]}' at '{self._path}{name}' failed to "
            f"satisfy constraint: Member must {constraint}"
        )

    def _missing(self, name: str) -> InvalidArgumentException:
        return InvalidArgumentException(
            f"1 validation error detected: Value null at '{self._path}{name}' failed to satisfy constraint: "
            "Member must not be null"
        )
