"""`occupancy local` in a process of its own: what it prints leads a client to the stack, and how it ends."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest
from click.testing import CliRunner

from infra.cli.main import occupancy as occupancy_command
from infra.local.cloud import STACK
from infra.local.environment import environment

LONG = 60.0  # s
FAULT = "error api=ListStreams error=InternalFailure"
"""boto3 tries again by itself."""


@contextmanager
def occupancy(directory: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Started as a script starts what it puts in the background: SIGINT is ignored."""
    command = [sys.executable, "-c", "from infra.cli.main import main; main()", *arguments]
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(directory)},
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        yield process
        process.kill()


@pytest.fixture
def running(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with occupancy(tmp_path, "local", "--port", "0", "--kvs-fault", FAULT) as process:
        yield process


def test_another_process_finds_the_stack_until_ctrl_c(
    running: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert running.stdout is not None
    exports: dict[str, str] = {}
    assert running.stdout.readline() == "# Starting the local cloud ...\n"
    for line in running.stdout:
        if line.startswith("# The stack"):
            break
        if line.startswith("#"):
            continue
        name, _, value = line.removeprefix("export ").partition("=")
        exports[name] = shlex.split(value)[0]
    assert exports["CONTROL_PLANE_URI"] == exports["AWS_ENDPOINT_URL_KINESIS_VIDEO"]
    with environment(exports):
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []
    with urlopen(f"{exports['CONTROL_PLANE_URI']}/faults", timeout=LONG) as answer:  # noqa: S310 - http, here
        assert [fault["struck"] for fault in json.load(answer)["faults"]] == [1]
    (journal,) = (tmp_path / ".local" / "logs").iterdir()
    assert journal.name.startswith("local-")
    assert journal.name in line
    running.send_signal(signal.SIGINT)
    assert running.wait(LONG) == 0
    assert "Stopped" in running.stdout.read()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (
            "drop fragmnt=2",
            "Invalid value for '--kvs-fault': 'fragmnt' is not a setting of a fault: use one of acks,",
        ),
        (
            "drop api=Putmedia",
            "Invalid value for '--kvs-fault': a fault drop cannot strike 'Putmedia': give ",
        ),
    ],
)
def test_a_mistake_in_a_fault_is_named_before_anything_starts(fault: str, sentence: str) -> None:
    result = CliRunner().invoke(occupancy_command, ["local", "--kvs-fault", fault])

    assert result.exit_code == 2
    assert sentence in result.output


@pytest.mark.parametrize("command", ["local", "demo"])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--history", "8"], "'8' is no span of days: write days, weeks or years, as in 3d, 8w or 1y"),
        (["--history", "4y"], "'4y' is longer than 1095 days: give a shorter span"),
        (["--history-truth", "truth.json"], "--history-truth needs --history: give the length of the"),
        (
            ["--history", "1d", "--history-truth", "nowhere/a.json"],
            "'nowhere/a.json' cannot be written: give",
        ),
    ],
)
def test_a_mistake_in_a_past_is_named_before_anything_starts(
    command: str, arguments: list[str], sentence: str
) -> None:
    result = CliRunner().invoke(occupancy_command, [command, *arguments])

    assert result.exit_code == 2
    assert sentence in result.output
    assert "Starting" not in result.output


def test_a_past_is_there_once_the_stack_runs(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--history", "1d", "--history-truth", "truth.json"]
    with occupancy(tmp_path, "local", *arguments) as process:
        assert process.stdout is not None
        said = [process.stdout.readline().rstrip() for _ in range(2)]
        exports: dict[str, str] = {}
        for line in process.stdout:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                exports[name] = shlex.split(value)[0]
            elif line.startswith("# The stack"):
                break
            else:
                said.append(line.rstrip())
        assert said[-1] == "# writing the history: 100 %"
        with environment(exports):
            (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            found = boto3.client("s3").list_objects_v2(Bucket=outputs["HistoryBucketName"])["Contents"]
        stores = {part for entry in found for part in entry["Key"].split("/") if part.startswith("store=")}
        assert stores == {"store=berlin", "store=chicago", "store=madrid"}
        assert (tmp_path / "truth.json").is_file()
        process.send_signal(signal.SIGINT)
        assert process.wait(LONG) == 0


def test_sigterm_leaves_no_video_on_the_disk(tmp_path: Path) -> None:
    with occupancy(tmp_path, "demo", "--cameras", "1", "--units", "0", "--tick", "0.5") as process:
        assert process.stdout is not None
        assert next(line for line in process.stdout if re.match(r"counting.* [1-9]\d* rows", line))
        assert [*tmp_path.glob("kvs-*/*/*")]
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=LONG)
    assert process.returncode == 0, said
    assert "Every due instant has its row" in said
    assert not [*tmp_path.glob("kvs-*")]
