"""Checks whether a recount was stopped before its end: then a part of its span follows another rule."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from counter.recount.entries import RecountEntries
from counter.recount.entry import Recount, command_of
from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, note, ok, warning


def check_recounts(clients: DoctorClients, deployed: DeployedStack, now: datetime) -> Iterator[Finding]:
    """The recounts that have not ended; a stack without a store table has none."""
    table = deployed.outputs.get("StoreTableName")
    yield from judge_recounts(RecountEntries(clients.dynamodb, table).all() if table else (), now)


def judge_recounts(recounts: Iterable[Recount], now: datetime) -> Iterator[Finding]:
    """A finding for each recount, or one if there are none."""
    found = list(recounts)
    for recount in found:
        name, done = recount.camera_id, _percent(recount)
        if recount.runs_at(now):
            yield note(f"the past of camera {name!r} is being recounted, {done} % are done")
        else:
            yield warning(
                f"a recount of camera {name!r} was stopped when {done} % were done: the rest of its span has"
                " the former counts",
                f"finish it with `{command_of(recount)}`",
            )
    if not found:
        yield ok("no recount was stopped before its end")


def _percent(recount: Recount) -> int:
    return int(100 * ((recount.done - recount.start) / (recount.end - recount.start)))
