"""A queue whose messages one process after another receives, one of which kills it."""

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from counter.counting.batch import Batch
from counter.counting.invocation import FrameQueue, Outcome, count_in_groups
from counter.counting.isolation import Survival
from counter.counting.messages import Message
from tests.counter.invocation import Context, counter, sqs_event
from tests.counter.rekognition import people
from tests.counter.world import World, at, camera, event
from tests.killing import Killed

CAMERAS = [f"till-{number}" for number in range(9)]
KILLER = CAMERAS[4]


@pytest.fixture
def queue(world: World) -> Iterator[FrameQueue]:
    url = world.clients.sqs.create_queue(QueueName="frame")["QueueUrl"]
    yield FrameQueue(world.clients.sqs, url)
    world.clients.sqs.delete_queue(QueueUrl=url)


def fill(world: World, queue: FrameQueue, cameras: Sequence[str] = CAMERAS) -> None:
    """A message for a frame of each camera."""
    for name in cameras:
        key = world.frame(name, at(0), people(99))
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody=event("m", key).body)


def received(queue: FrameQueue) -> list[Message]:
    """A batch, as Lambda receives it."""
    answer = queue.sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return [
        Message.from_record(
            {
                "messageId": message["MessageId"],
                "body": message["Body"],
                "receiptHandle": message["ReceiptHandle"],
                "attributes": message["Attributes"],
            }
        )
        for message in answer.get("Messages", [])
    ]


def invoke(world: World, queue: FrameQueue, survival: Survival | None = None) -> bool:
    """One invocation, after which the visibility timeout passes; whether the process survived.

    It runs in a new process, or in the one that has this `survival`.
    """
    messages, survived, failed = received(queue), True, set[str]()
    try:
        failed = count_in_groups(messages, world.count, queue, survival or Survival()).failed_messages
    except Killed:
        survived = False
    for message in messages:
        visible = partial(queue.sqs.change_message_visibility, QueueUrl=queue.url, VisibilityTimeout=0)
        if survived and message.message_id not in failed:
            queue.sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message.receipt_handle)
        else:
            try:
                visible(ReceiptHandle=message.receipt_handle)
            except queue.sqs.exceptions.ClientError:
                assert not survived  # the counter has deleted it before it was killed
    return survived


def waiting(queue: FrameQueue) -> int:
    answer = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def kills_at(world: World, name: str) -> None:
    """Counting a frame of this camera kills the process."""

    def kill(key: str) -> None:
        if f"/{name}/" in key:
            raise Killed(key)

    world.rekognition.before_answer.append(kill)


def test_a_message_that_kills_the_process_does_not_take_its_neighbours_along(
    world: World, queue: FrameQueue
) -> None:
    world.add(*map(camera, CAMERAS))
    fill(world, queue)
    kills_at(world, KILLER)
    assert [invoke(world, queue) for _ in range(5)] == [False] * 5
    assert world.rows() == []
    # Now all are alone; in whichever order they come, each of the others has its turn.
    for _ in range(20):
        assert not invoke(world, queue)
    assert {row.camera_id for row in world.rows()} == set(CAMERAS) - {KILLER}
    assert (waiting(queue), len(world.keys_left())) == (1, 1)


def test_a_process_that_has_survived_much_takes_neighbours_along_once(
    world: World, queue: FrameQueue
) -> None:
    world.add(*map(camera, CAMERAS))
    fill(world, queue)
    kills_at(world, KILLER)
    assert [invoke(world, queue) for _ in range(5)] == [False] * 5
    assert not invoke(world, queue, Survival(at_once=60))
    assert world.rows() == []
    # The next process knows nothing of that.
    for _ in range(20):
        assert not invoke(world, queue)
    assert {row.camera_id for row in world.rows()} == set(CAMERAS) - {KILLER}


def test_a_process_that_lives_on_after_an_error_begins_again_with_one(
    world: World, queue: FrameQueue
) -> None:
    """Lambda keeps an environment whose handler raised an error, for example MemoryError."""
    world.add(*map(camera, CAMERAS))
    fill(world, queue)
    kills_at(world, KILLER)
    survival = Survival(at_once=60)
    for _ in range(25):
        assert not invoke(world, queue, survival)
    assert {row.camera_id for row in world.rows()} == set(CAMERAS) - {KILLER}
    assert waiting(queue) == 1


def test_messages_of_an_hour_in_which_a_service_failed_are_counted_together(
    world: World, queue: FrameQueue
) -> None:
    world.add(*map(camera, CAMERAS))
    fill(world, queue)
    survival, groups = Survival(), list[int]()
    for _ in range(10):
        for message in received(queue):
            queue.sqs.change_message_visibility(
                QueueUrl=queue.url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=0
            )

    def counted(group: Sequence[Message]) -> Batch:
        groups.append(len(group))
        return world.count(group)

    assert count_in_groups(received(queue), counted, queue, survival).failed_messages == set()
    assert groups == [1, 2, 4, 2]
    assert len(world.rows()) == 9


def test_new_neighbours_are_stored_and_reported_before_the_kill(world: World, queue: FrameQueue) -> None:
    world.add(*map(camera, CAMERAS))
    fill(world, queue, [KILLER])
    kills_at(world, KILLER)
    assert [invoke(world, queue) for _ in range(5)] == [False] * 5
    fill(world, queue, [name for name in CAMERAS if name != KILLER])
    assert not invoke(world, queue)
    assert len(world.rows()) == 8
    assert waiting(queue) == 1


def test_if_the_first_cannot_be_reported_the_suspicious_ones_are_held_back(
    world: World, queue: FrameQueue
) -> None:
    world.add(camera("till-1"), camera("till-2"))
    first = event("first", world.frame("till-1", at(0), people(99)))
    late = event("late", world.frame("till-2", at(0), people(99)))
    batch = [Message("late", late.body, "no handle", 6), Message("first", first.body, "no handle")]
    outcome = count_in_groups(batch, world.count, queue, Survival())
    assert (outcome.failed_messages, outcome.tally["Failed"]) == ({"late"}, 1)
    assert {row.camera_id for row in world.rows()} == {"till-1"}


def test_a_batch_of_new_messages_costs_no_call_more(world: World) -> None:
    world.add(camera("till-1"))
    nowhere = FrameQueue(world.clients.sqs, "https://queue.amazonaws.com/123456789012/nowhere")
    batch = [event("m", world.frame("till-1", at(0), people(99)))]
    outcome = count_in_groups(batch, world.count, nowhere, Survival())
    assert (outcome.failed_messages, outcome.tally["Counted"]) == (set(), 1)


def test_what_failed_is_not_deleted(world: World, queue: FrameQueue) -> None:
    world.add(camera("till-1"), camera("till-2"))
    key = world.frame("till-1", at(0), {"error": "InternalServerError"})
    for name in (key, world.frame("till-2", at(0), people(99))):
        queue.sqs.send_message(QueueUrl=queue.url, MessageBody=event("m", name).body)
    for _ in range(7):
        assert invoke(world, queue)
    assert (waiting(queue), world.keys_left()) == (1, [key])


def test_lambda_s_record_says_how_often_it_was_received(world: World, queue: FrameQueue) -> None:
    world.add(*map(camera, CAMERAS))
    fill(world, queue)
    for message in received(queue)[:4]:
        queue.sqs.change_message_visibility(
            QueueUrl=queue.url, ReceiptHandle=message.receipt_handle, VisibilityTimeout=0
        )
    again = received(queue)
    assert sorted(message.receives for message in again) == [2] * 4
    old = [Message(m.message_id, m.body, m.receipt_handle, 6) for m in again]
    assert counter()(sqs_event(*old), Context()) == {"batchItemFailures": []}
    # The last one is reported by the answer, the others were before.
    answer = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["All"])["Attributes"]
    assert int(answer["ApproximateNumberOfMessagesNotVisible"]) == 9 - 3


def test_an_outcome_adds_up() -> None:
    outcome = Outcome()
    outcome.hold_back([Message("a", ""), Message("b", "")])
    assert (outcome.failed_messages, outcome.tally["Failed"]) == ({"a", "b"}, 2)
