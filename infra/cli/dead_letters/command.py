"""`occupancy dead-letters`: what could not be handled, why, and what to do with it."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from infra.cli.aws.deployment import Deployment, connected, on_stack
from infra.cli.aws.stack import Deployed, find
from infra.cli.dead_letters.explanation import Explained, Letter, Queue, explain
from infra.cli.dead_letters.queue import MOST, LetterBox
from infra.cli.terminal.console import say, warn
from ingest.aws.clients import operator_config
from ingest.durations import duration_text
from ingest.errors import OccupancyError
from ingest.times import to_text

SHORT = 8
"""Characters of an id in the table: enough to name it."""

Boxes = Mapping[Queue, LetterBox]
chosen_letters = click.argument("ids", metavar="[ID]...", nargs=-1)
all_letters = click.option("--all", "everything", is_flag=True, help="All letters of both queues.")


class LetterNotFound(OccupancyError, KeyError):
    """No letter of that id can be seen."""

    def __init__(self, name: str, hidden: int) -> None:
        unseen = (
            f"; {hidden} cannot be seen now, somebody else reads them: try again in two minutes"
            if hidden
            else ""
        )
        super().__init__(f"there is no dead letter {name!r}: see `occupancy dead-letters list`{unseen}")

    __str__ = Exception.__str__


class AmbiguousId(OccupancyError):
    """The beginning of more than one id."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(
            f"{number} dead letters begin with {name!r}: give more of the id, as --json shows it"
        )


class NothingChosen(OccupancyError):
    """Neither ids nor --all, or both."""

    def __init__(self) -> None:
        super().__init__("give the ids of the letters as `occupancy dead-letters list` shows them, or --all")


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Messages that could not be handled: frames and gap notices, and pull requests."""


@dead_letters.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, with whole ids and times in UTC.")
@on_stack
def list_letters(deployment: Deployment, *, as_json: bool) -> None:
    """Show every letter with its reason. Nothing is taken out."""
    deployed, boxes = _open(deployment)
    letters = _peek(boxes)
    explained = explain(
        letters, deployed.output("FrameBucketName"), deployment.registry, deployment.clock.now()
    )
    if as_json:
        click.echo(json.dumps([_values(one) for one in explained], indent=2))
    elif explained:
        say(_table(explained, deployment.clock.now()))
    else:
        say("There are no dead letters.")
    _tell_unseen(boxes, letters)


@dead_letters.command()
@chosen_letters
@all_letters
@on_stack
def retry(deployment: Deployment, ids: tuple[str, ...], *, everything: bool) -> None:
    """Send letters back to be handled again."""
    _require_choice(ids, everything=everything)
    _, boxes = _open(deployment)
    letters = _chosen(_peek(boxes), ids, boxes)
    gone = _each_box(boxes, letters, lambda box, chosen: box.retry(chosen))
    say(f"{_count(gone)} sent back to be handled again.")
    _tell_left(letters, gone)


@dead_letters.command()
@chosen_letters
@all_letters
@click.option("--yes", is_flag=True, help="Do not ask.")
@on_stack
def drop(deployment: Deployment, ids: tuple[str, ...], *, everything: bool, yes: bool) -> None:
    """Delete letters for good."""
    _require_choice(ids, everything=everything)
    deployed, boxes = _open(deployment)
    letters = _chosen(_peek(boxes), ids, boxes)
    bucket, now = deployed.output("FrameBucketName"), deployment.clock.now()
    if letters:
        say(
            "This is lost:",
            *(f"  {line}" for line in _losses(explain(letters, bucket, deployment.registry, now))),
        )
        if not yes:
            click.confirm(f"Delete {_count(letters)}?", abort=True)
    gone = _each_box(boxes, letters, lambda box, chosen: box.drop(chosen))
    say(f"{_count(gone)} deleted.")
    _tell_left(letters, gone)


def letter_boxes(sqs: Any, deployed: Deployed) -> Boxes:
    """The stack's two dead-letter queues. Raises StackIncomplete."""
    return {
        queue: LetterBox(
            sqs, queue, deployed.output(f"{name}DeadLetterQueueUrl"), deployed.output(f"{name}QueueUrl")
        )
        for queue, name in ((Queue.FRAME, "Frame"), (Queue.PULL, "Pull"))
    }


def _open(deployment: Deployment) -> tuple[Deployed, Boxes]:
    cloudformation = connected(lambda: deployment.session.client("cloudformation", config=operator_config()))
    deployed = find(cloudformation, deployment.stack_name)
    return deployed, letter_boxes(
        connected(lambda: deployment.session.client("sqs", config=operator_config())), deployed
    )


def _peek(boxes: Boxes) -> list[Letter]:
    return [letter for box in boxes.values() for letter in box.peek()]


def _require_choice(ids: Sequence[str], *, everything: bool) -> None:
    if bool(ids) == everything:
        raise NothingChosen


def _chosen(letters: Sequence[Letter], names: Sequence[str], boxes: Boxes) -> list[Letter]:
    """The letters of those ids, or beginnings of ids; all of them where none is named."""
    if not names:
        return list(letters)
    chosen = {}
    for name in names:
        found = [letter for letter in letters if name and letter.message_id.startswith(name)]
        if not found:
            raise LetterNotFound(name, sum(box.hidden() for box in boxes.values()))
        if len(found) > 1:
            raise AmbiguousId(name, len(found))
        chosen[found[0].message_id] = found[0]
    return list(chosen.values())


def _each_box(
    boxes: Boxes, letters: Sequence[Letter], act: Callable[[LetterBox, list[str]], Iterable[str]]
) -> list[str]:
    """Act on the letters of each queue; the ids of those that have gone."""
    gone: list[str] = []
    for queue, box in boxes.items():
        gone += act(box, [letter.message_id for letter in letters if letter.queue is queue])
    return gone


def _tell_left(letters: Sequence[Letter], gone: Sequence[str]) -> None:
    if left := [letter.message_id[:SHORT] for letter in letters if letter.message_id not in gone]:
        warn(
            f"{', '.join(left)} could not be seen any more: somebody else reads the queue; try again in two"
            " minutes"
        )


def _tell_unseen(boxes: Boxes, letters: Sequence[Letter]) -> None:
    if hidden := sum(box.hidden() for box in boxes.values()):
        warn(f"{hidden} more cannot be seen now, somebody else reads them: try again in two minutes")
    if any(sum(letter.queue is queue for letter in letters) >= MOST for queue in boxes):
        warn(f"there may be more: at most {MOST} of each queue are shown, and retried or dropped, at once")


def _losses(explained: Iterable[Explained]) -> list[str]:
    return list(dict.fromkeys(one.lost for one in explained))


def _count(letters: Sequence[object]) -> str:
    return "1 letter" if len(letters) == 1 else f"{len(letters)} letters"


def _table(explained: Iterable[Explained], now: datetime) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("id", no_wrap=True, min_width=SHORT)
    table.add_column("queue", no_wrap=True)
    table.add_column("age", no_wrap=True)
    table.add_column("what", overflow="fold")
    table.add_column("reason", overflow="fold")
    for one in explained:
        letter = one.letter
        age = duration_text(now - letter.sent)
        table.add_row(letter.message_id[:SHORT], letter.queue, age, one.what, one.reason)
    return table


def _values(one: Explained) -> dict[str, Any]:
    letter = one.letter
    return {
        "id": letter.message_id,
        "queue": letter.queue.value,
        "sent": to_text(letter.sent),
        "what": one.what,
        "reason": one.reason,
    }
