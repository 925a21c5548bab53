"""Both handlers as Lambda calls them: environment and event in, answer, logs and metrics out."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Mapping
from io import StringIO
from types import ModuleType
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from counter.closing import handler as closing
from counter.counting import handler
from counter.rows.settings import SharedSettings
from ingest.aws.environ import WrongEnvironment
from ingest.aws.failures import AwsFailed
from tests.counter.tables import CAMERAS, OCCUPANCY, QUARTERS
from tests.counter.world import BUCKET, World, at, camera, event, frame_key
from tests.ingest.connections import connections


class Context(LambdaContext):
    """An invocation with a minute left."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


def environ(world: World) -> dict[str, str]:
    return {
        "CAMERA_TABLE": CAMERAS,
        "OCCUPANCY_TABLE": OCCUPANCY,
        "QUARTER_HOUR_TABLE": QUARTERS,
        "FRAME_BUCKET": BUCKET,
        "FRAME_DEAD_LETTER_QUEUE_URL": world.dead_letters_url,
        "DETECT_LABELS_PER_SECOND": "50",
        "ROW_RETENTION_DAYS": "400",
    }


def sqs_event(*messages: Any) -> dict[str, Any]:
    return {"Records": [{"messageId": one.message_id, "body": one.body} for one in messages]}


def metrics(output: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def test_the_counter(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(camera())
    key = world.frame("till-1", at(5), {})
    handle = handler.start(environ(world))
    # moto knows this rekognition client: its labels are canned, and none of them is Person.
    answer = handle(sqs_event(event("good", key), event("gone", frame_key("till-9", at(0)))), Context())
    assert answer == {"batchItemFailures": []}
    assert world.counts() == {"12:05:00": 0}
    [emf] = metrics(capsys.readouterr().out)
    assert emf["service"] == "counter"
    assert {name: emf[name] for name in ("Counted", "Refused", "Failed", "Gaps")} == {
        "Counted": [1.0],
        "Refused": [1.0],
        "Failed": [0.0],
        "Gaps": [0.0],
    }


def test_the_counter_names_the_messages_that_come_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(camera("till-1"), camera("till-2"))
    world.dynamodb.update_item(
        TableName=CAMERAS,
        Key={"CameraId": {"S": "till-2"}},
        UpdateExpression="REMOVE StoreId",
    )
    keys = [world.frame(name, at(0), {}) for name in ("till-1", "till-2")]
    answer = handler.start(environ(world))(sqs_event(*(event(key, key) for key in keys)), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": keys[1]}]}


def test_two_batches_in_one_process_have_a_connection_for_each_thread(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connections(monkeypatch, lambda: handler.start(environ(world))) == dict.fromkeys(
        ("dynamodb", "s3", "rekognition", "sqs"), 2 * 25
    )


def test_the_closing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.add(camera("till-1", since=at(0)), camera("till-2", since=at(0)))
    answer = closing.start(environ(world))({"time": "2026-11-22T12:30:00Z"}, Context())
    assert answer == {"InstantsOverdue": 0, "InvalidCameras": 0, "Failed": 0, "LeftoversDeleted": 0}
    assert len(world.rows()) == 6
    whole, by_reason = metrics(capsys.readouterr().out)
    assert (whole["InstantsOverdue"], whole["Gaps"], whole["service"]) == ([0.0], [6.0], "closing")
    assert (by_reason["Reason"], by_reason["Gaps"]) == ("not_pulled", [6.0])


@pytest.mark.parametrize("broken", [{}, {"time": None}, {"time": "<aws.scheduler.scheduled-time>"}])
def test_a_closing_that_is_not_told_the_time(world: World, broken: dict[str, Any]) -> None:
    with pytest.raises(closing.NoTime, match="expected 2026-11-22T14:30:00Z"):
        closing.start(environ(world))(broken, Context())


@pytest.mark.parametrize("module", [handler, closing])
def test_tables_that_are_not_there_fail_the_invocation_in_one_sentence(
    world: World, module: ModuleType
) -> None:
    handle = module.start(environ(world) | {"CAMERA_TABLE": "nowhere"})
    event_of = {
        handler: sqs_event(event("m", frame_key("till-1", at(0)))),
        closing: {"time": "2026-11-22T12:30:00Z"},
    }
    with pytest.raises(AwsFailed, match=r"^\w+: ResourceNotFoundException: this invocation ends here"):
        handle(event_of[module], Context())


@pytest.mark.parametrize("settings", [handler.CountingSettings, SharedSettings])
def test_every_variable_is_asked_for_by_name(
    world: World, settings: type[handler.CountingSettings] | type[SharedSettings]
) -> None:
    whole = environ(world)
    read: Callable[[Mapping[str, str]], Any] = settings.from_environ
    read(whole)
    needed = 0
    for name in whole:
        try:
            read({key: value for key, value in whole.items() if key != name})
        except WrongEnvironment as error:
            assert name in str(error)  # noqa: PT017 - not every variable is needed by both
            needed += 1
    assert needed == {handler.CountingSettings: 7, SharedSettings: 5}[settings]


@pytest.mark.parametrize("rate", ["0", "-1", "many", "inf", "nan", ""])
def test_a_rate_that_is_none(world: World, rate: str) -> None:
    with pytest.raises(WrongEnvironment, match="DETECT_LABELS_PER_SECOND"):
        handler.CountingSettings.from_environ(environ(world) | {"DETECT_LABELS_PER_SECOND": rate})


@pytest.mark.parametrize("module", ["counter.counting.handler", "counter.closing.handler"])
def test_importing_a_handler_needs_no_environment(module: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", f"import {module}"], check=True, env={})


def test_no_credential_reaches_a_log(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """Not even where AWS quotes one: DynamoDB's answer to a wrong signature holds the session token."""
    world.add(camera())
    token = "FwoGZXIvYXdzEXAMPLETOKEN"
    world.dynamodb.meta.events.register("after-call.dynamodb.PutItem", quoting(token))
    try:
        key = world.frame("till-1", at(0), {"error": "AccessDeniedException"})
        stored = world.frame("till-1", at(5), {"Labels": []})
        lines = StringIO()
        listener = logging.StreamHandler(lines)
        logging.getLogger("counter").addHandler(listener)
        batch = world.count([event("a", key), event("b", stored)])
    finally:
        logging.getLogger("counter").removeHandler(listener)
        world.dynamodb.meta.events.unregister("after-call.dynamodb.PutItem", quoting(token))
    assert set(batch.failures) == {
        "DetectLabels: AccessDeniedException",
        "PutItem: InvalidSignatureException",
    }
    logged = lines.getvalue() + "".join(capfd.readouterr())
    assert "InvalidSignatureException" in logged
    assert not any(secret in logged for secret in (token, "testing"))


_QUOTING: dict[str, Callable[..., None]] = {}


def quoting(token: str) -> Callable[..., None]:
    def refuse(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        http_response.status_code = 400
        parsed["Error"] = {"Code": "InvalidSignatureException", "Message": f"x-amz-security-token:{token}"}

    return _QUOTING.setdefault(token, refuse)
