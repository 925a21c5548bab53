"""`camera add`, `set` and `import` warn if the stack does not suffice for the cameras; they do not refuse."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError

from infra.cli.aws.quotas import QuotaUnknown
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import NOW, Run

TOO_MANY = (
    "Warning: the cameras need 3 images a second all the time, and the stack counts at most 5: less than 2"
    " times as many, so it catches up slowly after an interruption: deploy with DetectLabelsPerSecond=10\n"
)
PUSHED = ("--store", "berlin-1", "--source", "push")


def add(registry: CameraRegistry, name: str, every: int) -> None:
    registry.add(Camera(name, "berlin-1", NOW, Source.PUSH, sampling=Sampling(every)))


def test_the_camera_that_is_too_many_is_registered_with_a_warning(run: Run, registry: CameraRegistry) -> None:
    add(registry, "first", 1)
    second = run("camera", "add", "second", *PUSHED, "--every", "2")
    assert (second.stderr, second.exit_code) == ("", 0)
    add(registry, "third", 2)
    fourth = run("camera", "add", "fourth", *PUSHED, "--every", "1")
    assert (fourth.stderr, fourth.exit_code) == (TOO_MANY, 0)
    assert registry.get("fourth").camera.sampling.sample_every == 1


def test_a_setting_that_needs_more_images_is_compared_and_no_other(
    run: Run, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, every in (("first", 1), ("second", 1), ("third", 2)):
        add(registry, name, every)
    assert run("camera", "set", "third", "--every", "1").stderr == TOO_MANY
    monkeypatch.setattr("infra.cli.camera.capacity.detect_labels_quota", None)
    assert run("camera", "set", "third", "--area", "front").stderr == ""


def test_a_file_is_compared_as_it_would_be_before_it_is_written(
    run: Run, registry: CameraRegistry, tmp_path: Path
) -> None:
    for name, every in (("first", 1), ("second", 300)):
        add(registry, name, every)
    path = tmp_path / "cameras.csv"
    path.write_text("camera_id,store_id,source,sample_every\nsecond,berlin-1,push,1\nthird,berlin-1,push,1\n")
    shown = run("camera", "import", str(path))
    assert (shown.stderr, shown.exit_code) == (TOO_MANY, 0)
    assert registry.get("second").camera.sampling.sample_every == 300
    assert run("camera", "import", str(path), "--apply").stderr == TOO_MANY
    assert run("camera", "import", str(path)).stderr == "", "nothing changes"


def raising(error: Exception) -> Any:
    def refuse(_: object) -> NoReturn:
        raise error

    return refuse


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetServiceQuota"),
            "these credentials may not servicequotas:GetServiceQuota",
        ),
        (QuotaUnknown("look in the console"), "look in the console"),
    ],
)
def test_a_quota_that_cannot_be_read_is_said(
    run: Run, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    monkeypatch.setattr("infra.cli.camera.capacity.detect_labels_quota", raising(error))
    result = run("camera", "add", "door", *PUSHED, "--every", "1")
    assert result.exit_code == 0
    assert registry.get("door").camera.source is Source.PUSH
    assert result.stderr == (
        "Warning: the account's quota for DetectLabels could not be read, to compare with what the cameras"
        f" need: {why}\n"
    )


def test_the_account_s_concurrent_executions_are_compared(
    run: Run, registry: CameraRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.cli.camera.capacity.concurrent_executions", lambda _: 5)
    result = run("camera", "add", "door", *PUSHED)
    assert (
        "need 6 Lambda invocations at a time, and the account runs only 5: ask for at least 6"
        in result.stderr
    )
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetAccountSettings")
    monkeypatch.setattr("infra.cli.camera.capacity.concurrent_executions", raising(denied))
    result = run("camera", "add", "window", *PUSHED)
    assert "these credentials may not lambda:GetAccountSettings" in result.stderr
