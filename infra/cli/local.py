"""`occupancy local`: the local cloud, standing until Ctrl-C, for any client of AWS."""

import shlex
from threading import Event

import click
from rich.console import Console

from infra.cli.console import console
from infra.cli.local_options import detector_option, port_option
from infra.local.cloud import STACK, LocalCloud
from infra.local.journal import JOURNAL, journal
from infra.local.rekognition.detectors import load_detector
from infra.local.runner import Runner

LOOK = 0.5  # s


@click.command()
@port_option(4580)
@detector_option
def local(port: int, detector: str | None) -> None:
    """The local cloud with the stack in it, its functions running, until Ctrl-C.

    Copy the printed lines into another terminal: boto3, the aws command and `occupancy camera` then work on
    it. Amazon's KVS producer SDK takes the KVS address as its CONTROL_PLANE_URI.
    """
    terminal = console()
    with journal(), LocalCloud(load_detector(detector), port=port) as cloud, Runner(cloud.stack) as runner:
        for name, value in cloud.environment.items():
            terminal.print(f"export {name}={shlex.quote(value)}")
        kvs = cloud.environment["AWS_ENDPOINT_URL_KINESIS_VIDEO"]
        terminal.print(f"export CONTROL_PLANE_URI={kvs}")
        terminal.print(f"# The stack {STACK} runs until Ctrl-C; its functions log to {JOURNAL}.")
        _report_until_interrupted(terminal, cloud, runner)


def _report_until_interrupted(terminal: Console, cloud: LocalCloud, runner: Runner) -> None:
    told = 0
    waiting = Event()
    try:
        while not waiting.wait(LOOK):
            early = (f"frame {key} was deleted before its row was stored" for key in cloud.audit.early)
            sentences = [*map(str, runner.failures), *early]
            for sentence in sentences[told:]:
                terminal.print(f"# {sentence}", style="red")
            told = len(sentences)
    except KeyboardInterrupt:
        terminal.print("# Stopped.")
