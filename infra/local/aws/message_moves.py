"""SQS's StartMessageMoveTask and ListMessageMoveTasks, which moto does not have, on moto's queues.

Source: "StartMessageMoveTask" and "ListMessageMoveTasks" in the Amazon SQS API Reference. A task takes the
visible messages of a dead-letter queue, while there are any, at its rate. Without DestinationArn AWS sends
each message to the queue that it came from; that is not served here.
"""

import io
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import Queue, SQSBackend, sqs_backends

from infra.local.stack.attributes import ACCOUNT

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FASTEST = 500
"""Messages a second, the most that MaxNumberOfMessagesPerSecond may be."""
TASKS_LISTED = 10
SLICE = 0.1  # s of a task's messages that are moved at once
HIDDEN_SECONDS = 60
_TARGET = "AmazonSQS."


class MoveRefused(Exception):
    """SQS refuses the call with this code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class MoveTask:
    """A task, and how far it has come."""

    source: Queue
    destination: Queue
    rate: int
    to_move: int
    started: int
    handle: str = field(default_factory=lambda: str(uuid.uuid4()))
    moved: int = 0
    status: str = "RUNNING"
    reason: str = ""

    def result(self) -> dict[str, Any]:
        """The task as ListMessageMoveTasks shows it: with its handle while it runs."""
        shown = {
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "DestinationArn": self.destination.queue_arn,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": self.started,
        }
        if self.reason:
            shown["FailureReason"] = self.reason
        return shown | ({"TaskHandle": self.handle} if self.status == "RUNNING" else {})


@dataclass
class MessageMoves:
    """A WSGI application before moto: answers the two calls and passes on everything else."""

    app: "WSGIApplication"
    sleep: Callable[[float], None] = time.sleep
    tasks: list[MoveTask] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request."""
        target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
        serve = {"StartMessageMoveTask": self._start, "ListMessageMoveTasks": self._list}.get(
            target.removeprefix(_TARGET) if target.startswith(_TARGET) else ""
        )
        if serve is None:
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        region = _region(str(environ.get("HTTP_AUTHORIZATION", "")))
        try:
            status, answer = "200 OK", serve(json.loads(body), sqs_backends[ACCOUNT][region])
        except MoveRefused as error:
            status = "400 Bad Request"
            answer = {"__type": f"com.amazonaws.sqs#{error.code}", "message": str(error)}
        document = json.dumps(answer).encode()
        headers = [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(document)))]
        start_response(status, headers)
        return [document]

    def _start(self, params: Mapping[str, Any], backend: SQSBackend) -> dict[str, Any]:
        source = _queue(backend, params.get("SourceArn"))
        if not any(queue.dead_letter_queue is source for queue in backend.queues.values()):
            raise MoveRefused("InvalidParameterValue", "The source queue must be a dead-letter queue.")
        if "DestinationArn" not in params:
            raise MoveRefused("UnsupportedOperation", "Without DestinationArn this call is not served here.")
        rate = params.get("MaxNumberOfMessagesPerSecond", FASTEST)
        if not 1 <= rate <= FASTEST:
            raise MoveRefused(
                "InvalidParameterValue", f"MaxNumberOfMessagesPerSecond must be between 1 and {FASTEST}."
            )
        destination = _queue(backend, params["DestinationArn"])
        with self._lock:
            if any(task.source is source and task.status == "RUNNING" for task in self.tasks):
                raise MoveRefused("UnsupportedOperation", "There is already a task running.")
            task = MoveTask(source, destination, rate, len(source.messages), int(time.time() * 1000))
            self.tasks.append(task)
        Thread(target=self._run, args=(task, backend), name="message-move", daemon=True).start()
        return {"TaskHandle": task.handle}

    def _list(self, params: Mapping[str, Any], backend: SQSBackend) -> dict[str, Any]:
        source = _queue(backend, params.get("SourceArn"))
        tasks = [task for task in reversed(self.tasks) if task.source is source]
        limit = min(params.get("MaxResults", 1), TASKS_LISTED)
        return {"Results": [task.result() for task in tasks[:limit]]}

    def _run(self, task: MoveTask, backend: SQSBackend) -> None:
        try:
            while moved := _move(task, backend, max(1, int(task.rate * SLICE))):
                task.moved += moved
                self.sleep(moved / task.rate)
        except QueueDoesNotExist:
            task.status, task.reason = "FAILED", "AWS.SimpleQueueService.NonExistentQueue"
        else:
            task.status = "COMPLETED"


def _move(task: MoveTask, backend: SQSBackend, most: int) -> int:
    """Move up to so many visible messages; a moved message is a new one, with its attributes."""
    name = task.source.name
    messages = backend.receive_message(name, most, 0, HIDDEN_SECONDS, ["All"])
    for message in messages:
        backend.send_message(task.destination.name, message.body, message.message_attributes)
        backend.delete_message(name, str(message.receipt_handle))
    return len(messages)


def _queue(backend: SQSBackend, arn: object) -> Queue:
    found = [queue for queue in list(backend.queues.values()) if queue.queue_arn == arn]
    if not found:
        raise MoveRefused("ResourceNotFoundException", "The resource that you specified does not exist.")
    return found[0]


def _region(authorization: str) -> str:
    """The region of a signed request: .../20261130/eu-west-1/sqs/aws4_request."""
    return authorization.partition("Credential=")[2].split("/")[2]
