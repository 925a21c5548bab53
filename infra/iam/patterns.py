"""The wildcards of IAM policies: `*` is any text, `?` is any one character. Pure.

Source: IAM User Guide, "IAM JSON policy elements: Resource", "... Action" and "... Condition operators".
"""

import re
from functools import cache

from ingest.errors import OccupancyError

COMPONENTS = 6
"""`arn:partition:service:region:account:resource`; colons after the fifth belong to the resource."""


class UnsupportedPolicy(OccupancyError, ValueError):
    """A policy says something that this evaluator does not know; the message names it."""


def matches_text(value: str, pattern: str) -> bool:
    """Match a text as StringLike does: case matters."""
    return _expression(pattern, within_segments=False).fullmatch(value) is not None


def matches_action(action: str, pattern: str) -> bool:
    """Match `service:Action`: case does not matter."""
    return matches_text(action.lower(), pattern.lower())


def matches_resource(arn: str, pattern: str) -> bool:
    """Match the Resource element: case matters, and a wildcard stays within its segment of the ARN.

    Only a `*` that is the last character of a segment goes on beyond the colon. An incomplete ARN matches
    whatever its missing components are.
    """
    return _expression(_completed(pattern), within_segments=True).fullmatch(arn) is not None


def _completed(pattern: str) -> str:
    """Add `*` for each component that an ARN lacks, as AWS does: `arn:aws:sqs` is `arn:aws:sqs:*:*:*`."""
    if not pattern.startswith("arn:"):
        return pattern
    return pattern + ":*" * (COMPONENTS - 1 - pattern.count(":"))


def is_arn(text: str) -> bool:
    """Whether a text has the six components of an ARN."""
    return text.startswith("arn:") and text.count(":") >= COMPONENTS - 1


def matches_arn(arn: str, pattern: str) -> bool:
    """Match as ArnEquals and ArnLike do: each of the six components for itself."""
    parts, patterns = (text.split(":", COMPONENTS - 1) for text in (arn, pattern))
    return len(parts) == len(patterns) == COMPONENTS and all(map(matches_text, parts, patterns))


@cache
def _expression(pattern: str, *, within_segments: bool) -> re.Pattern[str]:
    character = "[^:]" if within_segments else "."
    wildcards = {"?": character, "*": f"{character}*"}
    parts = [wildcards.get(letter, re.escape(letter)) for letter in pattern]
    for position, letter in enumerate(pattern):
        if letter == "*" and pattern[position + 1 : position + 2] in {"", ":"}:
            parts[position] = ".*"
    return re.compile("".join(parts), re.DOTALL)
