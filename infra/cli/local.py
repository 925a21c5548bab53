"""`occupancy local`: the local cloud, standing until Ctrl-C, for any client of AWS."""

import shlex
import sys
from threading import Event

import click
from rich.console import Console

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
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    with journal(), LocalCloud(load_detector(detector), port=port) as cloud, Runner(cloud.stack) as runner:
        for name, value in cloud.environment.items():
            console.print(f"export {name}={shlex.quote(value)}")
        kvs = cloud.environment["AWS_ENDPOINT_URL_KINESIS_VIDEO"]
        console.print(f"export CONTROL_PLANE_URI={kvs}")
        console.print(f"# The stack {STACK} runs until Ctrl-C; its functions log to {JOURNAL}.")
        _report_until_interrupted(console, cloud, runner)


def _report_until_interrupted(console: Console, cloud: LocalCloud, runner: Runner) -> None:
    told = 0
    waiting = Event()
    try:
        while not waiting.wait(LOOK):
            sentences = [*map(str, runner.failures), *cloud.audit.violations]
            for sentence in sentences[told:]:
                console.print(f"# {sentence}", style="red")
            told = len(sentences)
    except KeyboardInterrupt:
        console.print("# Stopped.")
