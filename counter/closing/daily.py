"""The daily message's edges: when it is due, what it reads, and how it is published."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from counter.closing.camera import ClosingDependencies
from counter.diagnosis.daily_message import CameraReport, DailyMessage, DailyReport
from counter.diagnosis.delays import not_closed_since
from counter.diagnosis.health import read_health
from counter.rows.quarters import closable_until
from ingest.aws.environ import required, whole_number
from ingest.aws.failures import AWS_FAILURES, name_of
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

HOURS = range(-1, 24)
"""The hours UTC at which the message can be sent; -1: never."""

logger = Logger(service="closing")


@dataclass(frozen=True)
class DailyMessageSettings:
    """What the template says about the message: the stack that it names, its topic and its hour."""

    stack: str
    topic: str
    hour: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "DailyMessageSettings":
        """Raises WrongEnvironment."""
        return cls(
            required(environ, "STACK_NAME"),
            required(environ, "ALARM_TOPIC_ARN"),
            whole_number(environ, "DAILY_MESSAGE_HOUR", HOURS),
        )

    def is_due(self, now: datetime) -> bool:
        """Whether the run scheduled at `now` sends the message: the first one of the hour.

        A repetition of that run has the same scheduled time. So a failed run sends the message when Lambda or
        the scheduler repeats it, and the worst is a message that comes twice.
        """
        return (now.hour, now.minute) == (self.hour, 0)


def examine(
    dependencies: ClosingDependencies,
    threads: Executor,
    stack: str,
    now: datetime,
    out_of_time: Callable[[], bool],
) -> DailyReport:
    """Read what the message says: all enabled cameras, in parallel. Raises AWS_FAILURES for the registry.

    A camera that cannot be read, or for which no time is left, is named as such.
    """
    entries = list(dependencies.registry.scan())
    until = closable_until(now)

    def report(registered: RegisteredCamera) -> CameraReport:
        camera, late = registered.camera, not_closed_since(registered, now)
        if out_of_time():
            return CameraReport(camera, failure="no time was left", not_closed_since=late)
        try:
            health = read_health(dependencies.table, camera.camera_id, until)
        except AWS_FAILURES as error:
            return CameraReport(camera, failure=name_of(error), not_closed_since=late)
        return CameraReport(camera, health, not_closed_since=late)

    enabled = [
        entry
        for entry in entries
        if isinstance(entry, RegisteredCamera) and entry.camera.sampling_at(now).enabled
    ]
    invalid = [str(entry) for entry in entries if isinstance(entry, InvalidCamera)]
    return DailyReport(stack, tuple(threads.map(report, enabled)), tuple(invalid))


def send(sns: "SNSClient", topic: str, message: DailyMessage) -> None:
    """Publish the message. Raises AWS_FAILURES."""
    sns.publish(TopicArn=topic, Subject=message.subject, Message=message.body)
    logger.info("sent the daily message", subject=message.subject)
