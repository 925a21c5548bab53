"""`occupancy`: the operator's command line.

A command's module is imported when the command is called, so that `occupancy camera list` does not load video
decoders, and `occupancy --help` loads nothing.
"""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from infra.cli.terminal.extras import imported
from ingest.aws.log import silence_botocore
from ingest.errors import OccupancyError


@dataclass(frozen=True)
class LazyCommand:
    """The location of a command (`module:attribute`), its line in the help, and the extra that it needs."""

    place: str
    help: str
    extra: str


COMMANDS = {
    "camera": LazyCommand(
        "infra.cli.camera.command:camera", "Manage the camera registry: add, list, set, import ...", "cli"
    ),
    "store": LazyCommand(
        "infra.cli.store.command:store", "Manage the stores: time zone, trading day, excluded days.", "cli"
    ),
    "gateway": LazyCommand("infra.cli.gateway.command:gateway", "Send a shop's cameras to KVS.", "gateway"),
    "counts": LazyCommand("infra.cli.counts.command:counts", "Show what was counted.", "cli"),
    "report": LazyCommand(
        "infra.cli.report.command:report",
        "Show how many people there were, and how sure it is.",
        "cli,analytics",
    ),
    "recount": LazyCommand(
        "infra.cli.recount.command:recount", "Apply a camera's rule of today to its past rows.", "cli"
    ),
    "export": LazyCommand(
        "infra.cli.export.command:export", "Write rows, quarter hours or series to a file.", "cli"
    ),
    "cost": LazyCommand(
        "infra.cli.cost.command:cost", "Show what the cameras cost in a month, and what would save.", "cli"
    ),
    "pull": LazyCommand("infra.cli.pull:pull", "Recount stored video.", "cli,pull"),
    "doctor": LazyCommand(
        "infra.cli.doctor.command:doctor", "Find what is wrong, and what to do.", "cli,pull"
    ),
    "dead-letters": LazyCommand(
        "infra.cli.dead_letters.command:dead_letters",
        "List what could not be counted; retry or delete it.",
        "cli",
    ),
    "demo": LazyCommand("infra.cli.demo:demo", "Run the whole chain on this machine.", "local"),
    "local": LazyCommand("infra.cli.local:local", "Run the local cloud alone, for any AWS client.", "local"),
}


class LazyGroup(click.Group):
    """Imports its commands when they are called; an OccupancyError ends with its sentence and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the commands, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import a command. If its libraries are missing, the error names the extra to install."""
        if cmd_name not in COMMANDS:
            return None
        lazy = COMMANDS[cmd_name]
        module, attribute = lazy.place.split(":")
        command: click.Command = getattr(imported(module, cmd_name, lazy.extra), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; the user sees its errors as sentences, not as tracebacks."""
        silence_botocore()
        try:
            return super().invoke(ctx)
        except OccupancyError as error:
            raise click.ClickException(str(error)) from error


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(version("store-occupancy"), prog_name="occupancy")
def occupancy() -> None:
    """Store cameras in, staffing numbers out."""


def main() -> None:
    """The entry point of the distribution."""
    occupancy(prog_name="occupancy")
