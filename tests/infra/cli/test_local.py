"""`occupancy local` in a process of its own: what it prints leads a client to the stack."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra.local.cloud import STACK
from infra.local.environment import environment

LONG = 60.0  # s


@pytest.fixture
def running(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", "from infra.cli.main import main; main()", "local", "--port", "0"]
    # As from a terminal: in a script's background, Python would not hear Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env={**os.environ})
    with process:
        yield process
        process.kill()


def test_another_process_finds_the_stack_until_ctrl_c(running: "subprocess.Popen[str]") -> None:
    assert running.stdout is not None
    exports: dict[str, str] = {}
    for line in running.stdout:
        if line.startswith("# The stack"):
            break
        name, _, value = line.removeprefix("export ").partition("=")
        exports[name] = shlex.split(value)[0]
    assert exports["CONTROL_PLANE_URI"] == exports["AWS_ENDPOINT_URL_KINESIS_VIDEO"]
    with environment(exports):
        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []
    running.send_signal(signal.SIGINT)
    assert running.wait(LONG) == 0
    assert "Stopped" in running.stdout.read()
