"""A past as the command line asks for it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from infra.local.past.truth import truth_document
from infra.local.past.writing import PastDependencies, Tell, write_past
from ingest.errors import OccupancyError

LONGEST_PAST = timedelta(days=3 * 365)


class TruthNotWritten(OccupancyError):
    """The file of the truth cannot be written."""


@dataclass(frozen=True)
class PastRequest:
    """How long the past is, its seed, and the file for the truth behind it, if there is to be one."""

    span: timedelta
    seed: int = 0
    truth: Path | None = None


def fulfil(request: PastRequest, outputs: Mapping[str, str], now: datetime, tell: Tell) -> None:
    """Write the past that ends now into the stack with these outputs. Raises what `write_past` raises."""
    tell("writing the history")
    found = write_past(PastDependencies.of_stack(outputs), request.span, now, request.seed, tell)
    if request.truth is not None:
        _write(request.truth, json.dumps(truth_document(found)))


def _write(path: Path, content: str) -> None:
    """Write a file as a whole, or not at all. Raises TruthNotWritten."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TruthNotWritten(f"the truth cannot be written to {path}: {error.strerror}") from error
