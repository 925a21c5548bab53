"""`occupancy local`: runs the local cloud until Ctrl-C, for any AWS client."""

import os
import shlex
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import click
from rich.console import Console

from infra.cli.local_options import history_options, kvs_fault_option, past_request, port_option
from infra.cli.terminal.console import console
from infra.cli.terminal.detector_option import detector_option
from infra.cli.terminal.stopping import stoppable
from infra.local.cloud import STACK, LocalCloud
from infra.local.journal import journal, new_path
from infra.local.kvs.service.fault import Fault
from infra.local.lambdas.runner import Runner
from infra.local.past.request import PastRequest, fulfil
from infra.local.rekognition.detectors.loading import load_detector

REPORT_SECONDS = 0.5


@click.command()
@port_option(4580)
@detector_option
@kvs_fault_option
@history_options
@stoppable
def local(
    port: int,
    detector: str | None,
    kvs_faults: tuple[Fault, ...],
    history: timedelta | None,
    history_truth: Path | None,
) -> int:
    """Run the local cloud with the stack and its functions, until Ctrl-C.

    Copy the printed lines into another terminal: boto3, the aws command and `occupancy camera` then use it.
    Amazon's KVS producer SDK takes the KVS address as its CONTROL_PLANE_URI.
    """
    past = past_request(history, history_truth)
    terminal = console()
    path = new_path("local", datetime.now(UTC), os.getpid())
    # All output is inside the journal: what still runs must not log to the terminal.
    with journal(path):
        try:
            _run(terminal, path, _Start(port, detector, kvs_faults, past))
        except KeyboardInterrupt:
            terminal.print("# Stopped.")
    return 0


@dataclass(frozen=True)
class _Start:
    """How the local cloud is to start."""

    port: int
    detector: str | None
    faults: tuple[Fault, ...]
    past: PastRequest | None


def _run(terminal: Console, path: Path, start: _Start) -> None:
    """Run until Ctrl-C, which raises KeyboardInterrupt."""

    def tell(sentence: str) -> None:
        terminal.print(f"# {sentence}", soft_wrap=True)

    tell("Starting the local cloud ...")
    with ExitStack() as parts:
        cloud = parts.enter_context(LocalCloud(load_detector(start.detector), port=start.port, tell=tell))
        if start.past is not None:
            fulfil(start.past, cloud.stack.outputs, datetime.now(UTC), tell)
        # Only now: the past creates streams, and no fault is meant for that.
        for fault in start.faults:
            cloud.kvs.faults.add(fault)
        runner = parts.enter_context(Runner(cloud.stack, tell=tell))
        for name, value in cloud.environment.items():
            terminal.print(f"export {name}={shlex.quote(value)}", soft_wrap=True)
        kvs = cloud.environment["AWS_ENDPOINT_URL_KINESIS_VIDEO"]
        terminal.print(f"export CONTROL_PLANE_URI={kvs}", soft_wrap=True)
        tell(f"The stack {STACK} runs until Ctrl-C; its functions log to {path}.")
        _report(terminal, cloud, runner)


def _report(terminal: Console, cloud: LocalCloud, runner: Runner) -> None:
    printed = 0
    waiting = Event()
    while not waiting.wait(REPORT_SECONDS):
        early = (f"frame {key} was deleted before its row was stored" for key in cloud.audit.early)
        sentences = [*map(str, runner.failures), *early]
        for sentence in sentences[printed:]:
            terminal.print(f"# {sentence}", style="red")
        printed = len(sentences)
