"""The dead-letter queues of the local cloud, with dead letters of the counter and with unknown messages.

Covers explanation.py, queue.py and sentences.py, too.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from time import sleep
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from infra.cli.aws.deployment import Clock
from infra.cli.dead_letters.explanation import SourceQueue
from infra.cli.dead_letters.queue import DeadLetterQueue
from infra.cli.main import occupancy
from infra.local.cloud import LocalCloud
from ingest.aws.dynamodb import to_item
from ingest.frames.keys import FrameKey
from ingest.frames.messages import GapNotice, GapReason, PullRequest
from ingest.registry.camera import Camera
from ingest.times import quarter_start
from tests.chain import Chain, CountsSquares, RandomKiller

pytestmark = pytest.mark.own_cloud

INSTANT = quarter_start(datetime.now(UTC))
GARBAGE = "<html>"
FLEET = tuple(f"till-{number}" for number in range(12))
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def module_cloud() -> Iterator[LocalCloud]:
    with LocalCloud(CountsSquares()) as cloud:
        for name in ("door", *FLEET):
            cloud.registry.add(Camera(name, "berlin-1", INSTANT - timedelta(days=1)))
        yield cloud


@pytest.fixture
def cloud(module_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> LocalCloud:
    """The cloud with empty queues."""
    monkeypatch.setattr("infra.cli.dead_letters.queue.WAIT_SECONDS", 0)  # moto has one server
    for name in ("FrameQueueUrl", "PullQueueUrl", "FrameDeadLetterQueueUrl", "PullDeadLetterQueueUrl"):
        bodies(module_cloud, name)
    return module_cloud


@pytest.fixture
def run(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `occupancy dead-letters`: `run("list")`."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(
            occupancy,
            ["dead-letters", *arguments],
            input=answer,
            catch_exceptions=False,
            obj=Clock(sleep=lambda seconds: sleep(seconds / 1000)),
        )

    return command


@cache
def sqs() -> Any:
    """One client for all tests: they share the cloud of this module."""
    return boto3.Session().client("sqs")


def bodies(cloud: LocalCloud, output: str) -> list[str]:
    """Receive and delete all messages of a queue, and return their bodies."""
    client, url, found = sqs(), cloud.stack.outputs[output], []
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(message["Body"])
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def put(cloud: LocalCloud, output: str, *texts: str) -> None:
    for text in texts:
        sqs().send_message(QueueUrl=cloud.stack.outputs[output], MessageBody=text)


def listed(run: Run) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", "--json").stdout)
    return found


def frame_event(cloud: LocalCloud, camera_id: str) -> str:
    bucket = {"name": cloud.stack.outputs["FrameBucketName"]}
    key = str(FrameKey(camera_id, INSTANT, INSTANT))
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": INSTANT.isoformat(),
        "s3": {"bucket": bucket, "object": {"key": key}},
    }
    return json.dumps({"Records": [record]})


def exhaust(cloud: LocalCloud, output: str, receives: int) -> None:
    """Receive the messages of a queue until SQS moves them to the dead-letter queue."""
    for _ in range(receives + 1):
        sqs().receive_message(
            QueueUrl=cloud.stack.outputs[output], MaxNumberOfMessages=10, VisibilityTimeout=0
        )


def test_no_dead_letters(run: Run) -> None:
    assert run("list").stdout == "There are no dead letters.\n"
    assert listed(run) == []
    assert run("retry", "--all").stdout == "0 dead letters sent back to be handled again.\n"
    assert run("drop", "--all").stdout == "0 dead letters deleted.\n"


def test_what_the_counter_refused_carries_its_reason(cloud: LocalCloud, run: Run) -> None:
    random = Random(3)
    key = str(FrameKey("nobody", INSTANT, INSTANT))
    boto3.Session().client("s3").put_object(
        Bucket=cloud.stack.outputs["FrameBucketName"], Key=key, Body=b"jpeg"
    )
    Chain(cloud, random, RandomKiller(random)).deliver("CounterFunction")
    letters = listed(run)
    assert {(letter["queue"], letter["what"]) for letter in letters} == {("frame", key)}
    assert {letter["reason"] for letter in letters} == {
        "camera 'nobody' is not in the registry: add it, or stop its sender"
    }
    bodies(cloud, "FrameDeadLetterQueueUrl")
    # Once its camera exists, a dead letter that is sent back is counted.
    put(cloud, "FrameDeadLetterQueueUrl", frame_event(cloud, "door"))
    assert run("retry", "--all").stdout == "1 dead letter sent back to be handled again.\n"
    assert bodies(cloud, "FrameQueueUrl") == [frame_event(cloud, "door")]
    assert listed(run) == []


def test_a_reason_is_worked_out_where_none_is_noted(cloud: LocalCloud, run: Run) -> None:
    dynamodb, table = boto3.Session().client("dynamodb"), cloud.stack.outputs["CameraTableName"]
    dynamodb.put_item(TableName=table, Item=to_item({"CameraId": "broken"}))
    notice = GapNotice("broken", INSTANT, GapReason.NO_MEDIA).to_body()
    ahead = GapNotice("door", INSTANT + timedelta(days=2), GapReason.NO_MEDIA).to_body()
    put(cloud, "FrameQueueUrl", frame_event(cloud, "door"))
    exhaust(cloud, "FrameQueueUrl", 480)
    put(cloud, "PullQueueUrl", PullRequest("door").to_body())
    exhaust(cloud, "PullQueueUrl", 5)
    put(cloud, "FrameDeadLetterQueueUrl", notice, ahead, GARBAGE)
    put(
        cloud,
        "PullDeadLetterQueueUrl",
        GARBAGE,
        PullRequest("gone").to_body(),
        PullRequest("broken").to_body(),
    )
    found = {(letter["queue"], letter["what"]): letter["reason"] for letter in listed(run)}
    dynamodb.delete_item(TableName=table, Key=to_item({"CameraId": "broken"}))
    key = str(FrameKey("door", INSTANT, INSTANT))
    expected = {
        ("frame", re.escape(key)): "was received 480 times without success: the log of counter says why",
        ("frame", "gap of camera 'broken' at .*: no_media"): "camera 'broken': its registry item has no .*",
        ("frame", "gap of camera 'door' at .*: no_media"): "gap notice .* set its sender's clock",
        ("frame", "unknown message, 6 bytes"): "message .* is not JSON",
        ("pull", "pull of camera 'door'"): "was received 5 times without success: the log of pull says why",
        ("pull", "unknown message, 6 bytes"): "is not a pull request: only the schedule may send .*",
        ("pull", "pull of camera 'gone'"): "camera 'gone' is not in the registry: .*",
        ("pull", "pull of camera 'broken'"): "camera 'broken': its registry item has no .*",
    }
    assert len(found) == len(expected)
    for (queue, what), reason in expected.items():
        assert [
            True
            for (its, text), why in found.items()
            if its == queue and re.fullmatch(what, text) and re.fullmatch(reason, why)
        ], (what, found)


def test_listing_removes_and_hides_nothing(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "PullDeadLetterQueueUrl", *(PullRequest(f"camera-{n}").to_body() for n in range(23)))
    first, second = listed(run), listed(run)
    assert (len(first), len({letter["id"] for letter in first})) == (23, 23)
    assert second == first
    table = run("list").stdout
    assert all(letter["id"][:8] in table for letter in first)
    assert "camera 'camera-22' is not in the registry" in table


def test_retrying_by_a_prefix_of_an_id(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "PullDeadLetterQueueUrl", *(PullRequest(name).to_body() for name in FLEET))
    chosen = next(letter for letter in listed(run) if letter["what"] == "pull of camera 'till-7'")
    assert run("retry", chosen["id"][:8]).stdout == "1 dead letter sent back to be handled again.\n"
    assert bodies(cloud, "PullQueueUrl") == [PullRequest("till-7").to_body()]
    left = listed(run)
    assert (len(left), chosen["id"] in {letter["id"] for letter in left}) == (11, False)
    result = run("retry", "--all")
    assert result.stdout == "11 dead letters sent back to be handled again.\n"
    assert len(bodies(cloud, "PullQueueUrl")) == 11


def test_all_that_can_be_handled_is_sent_back_and_the_rest_is_set_aside(
    cloud: LocalCloud, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.cli.dead_letters.queue.MOST", 20)  # more than one reader
    good = [frame_event(cloud, name) for name in FLEET for _ in range(4)]
    put(cloud, "FrameDeadLetterQueueUrl", *good, *[frame_event(cloud, "nobody")] * 7, GARBAGE)
    put(cloud, "PullDeadLetterQueueUrl", PullRequest("door").to_body(), PullRequest("gone").to_body())
    result = run("retry", "--all")
    assert result.stdout == "49 dead letters sent back to be handled again.\n"
    why = "set aside, because the same would happen again:"
    assert f"Warning: 7 dead letters {why} camera 'nobody' is not in the registry" in result.stderr
    assert f"Warning: 1 dead letter {why} message " in result.stderr
    assert sorted(bodies(cloud, "FrameQueueUrl")) == sorted(good)
    assert bodies(cloud, "PullQueueUrl") == [PullRequest("door").to_body()]
    # Those that were set aside are there, and visible.
    assert len(listed(run)) == 9


def test_what_would_be_refused_again_is_not_sent_back_by_its_id(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "FrameDeadLetterQueueUrl", frame_event(cloud, "nobody"))
    (letter,) = listed(run)
    result = run("retry", letter["id"])
    assert result.stdout == "0 dead letters sent back to be handled again.\n"
    assert "1 dead letter set aside" in result.stderr
    assert listed(run) == [letter]


def test_many_reasons_are_summed_up(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "PullDeadLetterQueueUrl", *(PullRequest(f"gone-{n}").to_body() for n in range(13)))
    warnings = run("retry", "--all").stderr
    assert warnings.count("1 dead letter set aside, because") == 10
    assert "3 dead letters set aside for other reasons: see `occupancy dead-letters list`" in warnings


def test_no_gap_is_promised_for_a_key_without_a_camera(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "FrameDeadLetterQueueUrl", frame_event(cloud, "nobody"))
    put(cloud, "FrameDeadLetterQueueUrl", GapNotice("nobody", INSTANT, GapReason.NO_MEDIA).to_body())
    put(cloud, "PullDeadLetterQueueUrl", PullRequest("nobody").to_body())
    losses = run("drop", "--all", answer="n\n").stdout
    assert "its instant becomes a gap" not in losses
    assert re.search(r"  the image 'frame/nobody/.*', which no camera waits for: it is not counted", losses)
    assert "  nothing: no row can say why camera 'nobody' has no count at" in losses
    assert "  nothing: nothing can be pulled for it" in losses


def test_dropping_names_what_is_lost_and_asks(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "FrameDeadLetterQueueUrl", frame_event(cloud, "door"))
    put(cloud, "PullDeadLetterQueueUrl", PullRequest("door").to_body(), PullRequest("door").to_body())
    kept = run("drop", "--all", answer="n\n")
    assert kept.exit_code == 1
    assert f"  the count of 'frame/door/{INSTANT:%Y-%m-%d}/" in kept.stdout
    assert kept.stdout.count("  nothing: the next pull fetches what was missed") == 1
    assert "Delete 3 dead letters? [y/N]" in kept.stdout
    assert len(listed(run)) == 3
    assert run("drop", "--all", answer="y\n").stdout.endswith("3 dead letters deleted.\n")
    assert listed(run) == []
    put(cloud, "FrameDeadLetterQueueUrl", GARBAGE)
    assert run("drop", listed(run)[0]["id"], "--yes").stdout.endswith("1 dead letter deleted.\n")
    assert bodies(cloud, "FrameQueueUrl") == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["retry"], "give IDs as `occupancy dead-letters list` shows them, or --all"),
        (["retry", "x", "--all"], "give IDs as"),
        (["drop", "x", "--yes"], "there is no dead letter 'x': see `occupancy dead-letters list`\n"),
        (["retry", ""], "there is no dead letter ''"),
        (["list", "--stack", "elsewhere"], "stack 'elsewhere' does not exist in us-east-1"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], sentence: str, run: Run) -> None:
    result = run(*arguments)
    assert result.stderr.startswith(f"Error: {sentence}")
    assert (result.stdout, result.exit_code) == ("", 1)


def test_an_ambiguous_prefix(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "PullDeadLetterQueueUrl", *(PullRequest("door").to_body() for _ in range(17)))
    # Of 17 hexadecimal IDs two begin with the same digit.
    firsts = [letter["id"][0] for letter in listed(run)]
    twice = next(first for first in firsts if firsts.count(first) > 1)
    result = run("retry", twice)
    assert f"dead letters begin with {twice!r}: give more of the ID" in result.stderr
    assert len(listed(run)) == 17


def test_a_dead_letter_that_somebody_else_reads_is_reported(cloud: LocalCloud, run: Run) -> None:
    put(cloud, "PullDeadLetterQueueUrl", PullRequest("door").to_body())
    (letter,) = listed(run)
    url = cloud.stack.outputs["PullDeadLetterQueueUrl"]
    (held,) = sqs().receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert "1 more cannot be seen now because somebody else is reading them" in run("list").stderr
    assert f"no dead letter '{letter['id']}'" in run("retry", letter["id"]).stderr
    sqs().change_message_visibility(QueueUrl=url, ReceiptHandle=held["ReceiptHandle"], VisibilityTimeout=0)
    assert listed(run) == [letter]


def test_a_kill_between_sending_and_deleting_loses_nothing(cloud: LocalCloud) -> None:
    put(cloud, "PullDeadLetterQueueUrl", *(PullRequest(f"camera-{n}").to_body() for n in range(3)))
    client = boto3.Session().client("sqs")  # not the shared client, because its calls shall fail
    outputs = cloud.stack.outputs
    queue = DeadLetterQueue(
        client, SourceQueue.PULL, outputs["PullDeadLetterQueueUrl"], outputs["PullQueueUrl"]
    )
    ids = [letter.message_id for letter in queue.peek()]

    def kill(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "Killed"}}, "DeleteMessage")

    client.meta.events.register("before-call.sqs.DeleteMessage", kill)
    with pytest.raises(ClientError, match="Killed"):
        list(queue.retry(ids))
    assert len(bodies(cloud, "PullQueueUrl")) == 1
    # The held messages are visible again at once, including the one that was already sent.
    assert len(bodies(cloud, "PullDeadLetterQueueUrl")) == 3
