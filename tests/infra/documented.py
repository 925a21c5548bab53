"""Checks the command lines that the documentation shows."""

import click

from infra.cli.main import occupancy


def assert_understood(words: list[str]) -> None:
    """Parse the words after `occupancy` without running anything. Raises click.UsageError."""
    rest = list(words)
    command: click.Command = occupancy
    context = click.Context(occupancy)
    while isinstance(command, click.Group):
        found = command.get_command(context, rest.pop(0))
        assert found is not None, words
        command = found
    command.make_context("occupancy", rest)
