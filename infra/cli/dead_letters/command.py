"""`occupancy dead-letters`: list what could not be counted; retry or delete it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import click
from rich.table import Table

from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.aws.stack import DeployedStack
from infra.cli.dead_letters.explanation import DeadLetter, Explained, SourceQueue, explain
from infra.cli.dead_letters.move import Moved, move_all
from infra.cli.dead_letters.queue import DeadLetterQueue, dead_letter_queues
from infra.cli.dead_letters.sentences import SHORT, say_sent, warn_of_hidden, warn_of_left, warn_of_unseen
from infra.cli.terminal.console import say
from infra.cli.terminal.progress import progress_bar
from infra.cli.terminal.tables import new_table
from infra.cli.terminal.texts import counted
from ingest.aws.clients import operator_config
from ingest.durations import duration_text
from ingest.errors import OccupancyError
from ingest.times import to_text

Queues = Mapping[SourceQueue, DeadLetterQueue]
Explain = Callable[[Sequence[DeadLetter]], list[Explained]]
ids_argument = click.argument("ids", metavar="[ID]...", nargs=-1)
all_option = click.option("--all", "everything", is_flag=True, help="All dead letters of both queues.")


class DeadLetterNotFound(OccupancyError, KeyError):
    """There is no visible dead letter with that ID."""

    def __init__(self, prefix: str, hidden: int) -> None:
        unseen = (
            f"; {hidden} cannot be seen now because somebody else is reading them: try again in two minutes"
            if hidden
            else ""
        )
        super().__init__(f"there is no dead letter {prefix!r}: see `occupancy dead-letters list`{unseen}")

    __str__ = Exception.__str__


class AmbiguousId(OccupancyError):
    """A prefix that several IDs have."""

    def __init__(self, prefix: str, number: int) -> None:
        super().__init__(
            f"{number} dead letters begin with {prefix!r}: give more of the ID, as `list --json` shows it"
        )


class NothingChosen(OccupancyError):
    """Neither IDs nor --all, or both."""

    def __init__(self) -> None:
        super().__init__("give IDs as `occupancy dead-letters list` shows them, or --all")


@click.group(name="dead-letters")
def dead_letters() -> None:
    """List what could not be counted; retry or delete it.

    Dead letters are messages that the counter (frames and gap notices) or the pull (pull requests) could not
    handle.
    """


@dead_letters.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with full IDs and times in UTC.")
@on_stack
def list_letters(deployment: Deployment, *, as_json: bool) -> None:
    """Show every dead letter with its reason. Removes nothing."""
    deployed, queues = _open(deployment)
    letters = _peek(queues)
    explained = _explained(deployment, deployed, letters)
    if as_json:
        click.echo(json.dumps([_values(entry) for entry in explained], indent=2))
    elif explained:
        say(_table(explained, deployment.clock.now()))
    else:
        say("There are no dead letters.")
    warn_of_hidden(queues, letters)


@dead_letters.command()
@ids_argument
@all_option
@on_stack
def retry(deployment: Deployment, ids: tuple[str, ...], *, everything: bool) -> None:
    """Send dead letters back to their queue, except those that would be refused again."""
    _require_choice(ids, everything=everything)
    deployed, queues = _open(deployment)
    explained = partial(_explained, deployment, deployed)
    if everything:
        moved = _move_all(queues, explained, deployment.clock.sleep)
        say_sent(sum(part.sent for part in moved), [entry for part in moved for entry in part.set_aside])
        warn_of_unseen(queues)
        return
    chosen = explained(_chosen(_peek(queues), ids, queues))
    letters = [entry.letter for entry in chosen if not entry.refused]
    removed = _in_each_queue(queues, letters, lambda queue, chosen: queue.retry(chosen))
    say_sent(len(removed), [entry for entry in chosen if entry.refused])
    warn_of_left(letters, removed)


@dead_letters.command()
@ids_argument
@all_option
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@on_stack
def drop(deployment: Deployment, ids: tuple[str, ...], *, everything: bool, yes: bool) -> None:
    """Delete dead letters for good."""
    _require_choice(ids, everything=everything)
    deployed, queues = _open(deployment)
    letters = _chosen(_peek(queues), ids, queues)
    if letters:
        losses = _losses(_explained(deployment, deployed, letters))
        say("This will be lost:", *(f"  {loss}" for loss in losses))
        if not yes:
            click.confirm(f"Delete {counted(len(letters), 'dead letter')}?", abort=True)
    removed = _in_each_queue(queues, letters, lambda queue, chosen: queue.drop(chosen))
    say(f"{counted(len(removed), 'dead letter')} deleted.")
    warn_of_left(letters, removed)


def _open(deployment: Deployment) -> tuple[DeployedStack, Queues]:
    deployed = deployment.deployed
    return deployed, dead_letter_queues(
        connected(lambda: deployment.session.client("sqs", config=operator_config())), deployed
    )


def _peek(queues: Queues) -> list[DeadLetter]:
    return [letter for queue in queues.values() for letter in queue.peek()]


def _explained(
    deployment: Deployment, deployed: DeployedStack, letters: Sequence[DeadLetter]
) -> list[Explained]:
    bucket = deployed.output("FrameBucketName")
    return explain(letters, bucket, deployment.registry, deployment.clock.now())


def _move_all(queues: Queues, explained: Explain, sleep: Callable[[float], None]) -> list[Moved]:
    with progress_bar(transient=True) as bar:

        def move(source: SourceQueue, queue: DeadLetterQueue) -> Moved:
            task = bar.add_task(f"{source} queue", total=None)
            return move_all(
                queue, explained, sleep, lambda done, of: bar.update(task, completed=done, total=of)
            )

        return [move(source, queue) for source, queue in queues.items()]


def _require_choice(ids: Sequence[str], *, everything: bool) -> None:
    if bool(ids) == everything:
        raise NothingChosen


def _chosen(letters: Sequence[DeadLetter], prefixes: Sequence[str], queues: Queues) -> list[DeadLetter]:
    """The dead letters whose IDs have these unique prefixes; all of them if there are no prefixes."""
    if not prefixes:
        return list(letters)
    chosen = {}
    for prefix in prefixes:
        found = [letter for letter in letters if prefix and letter.message_id.startswith(prefix)]
        if not found:
            raise DeadLetterNotFound(prefix, sum(queue.hidden() for queue in queues.values()))
        if len(found) > 1:
            raise AmbiguousId(prefix, len(found))
        chosen[found[0].message_id] = found[0]
    return list(chosen.values())


def _in_each_queue(
    queues: Queues,
    letters: Sequence[DeadLetter],
    act: Callable[[DeadLetterQueue, list[str]], Iterable[str]],
) -> list[str]:
    """Act on the dead letters of each queue; the IDs of those that were removed."""
    removed: list[str] = []
    for source, queue in queues.items():
        removed += act(queue, [letter.message_id for letter in letters if letter.source is source])
    return removed


def _losses(explained: Iterable[Explained]) -> list[str]:
    return list(dict.fromkeys(entry.lost for entry in explained))


def _table(explained: Iterable[Explained], now: datetime) -> Table:
    table = new_table()
    table.add_column("id", no_wrap=True, min_width=SHORT)
    table.add_column("queue", no_wrap=True)
    table.add_column("age", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("reason", overflow="fold")
    for entry in explained:
        letter = entry.letter
        age = duration_text(now - letter.sent)
        table.add_row(letter.message_id[:SHORT], letter.source, age, entry.what, entry.reason)
    return table


def _values(entry: Explained) -> dict[str, Any]:
    letter = entry.letter
    return {
        "id": letter.message_id,
        "queue": letter.source.value,
        "sent": to_text(letter.sent),
        "what": entry.what,
        "reason": entry.reason,
    }
