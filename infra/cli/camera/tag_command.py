"""`occupancy camera tag-streams`: gives the cameras' streams the tag that lets the pull read them."""

from collections import defaultdict

import click

from infra.cli.aws.deployment import Deployment, on_stack
from infra.cli.aws.streams import TagState
from infra.cli.terminal.console import say, warn
from ingest.registry.camera import InvalidCamera


@click.command(name="tag-streams")
@on_stack
def tag_streams(deployment: Deployment) -> None:
    """Tag the KVS streams of all cameras with the name of the stack.

    With the stack's parameter PullStreams=tagged, the pull can read only streams with this tag. A stream that
    has the tag of another stack stays as it is.
    """
    streams = deployment.streams
    found: defaultdict[TagState, list[str]] = defaultdict(list)
    for name in _stream_names(deployment):
        state = streams.tag_state(name)
        found[state].append(name)
        if state is TagState.NONE:
            streams.tag(name)
    say(
        f"Streams that now have the tag {streams.tag_text}: {len(found[TagState.NONE])};"
        f" that had it before: {len(found[TagState.OURS])}."
    )
    for name in found[TagState.OTHER]:
        warn(f"stream {name!r} has the tag of another stack and is not changed: remove that tag first")
    for name in found[TagState.MISSING]:
        warn(f"stream {name!r} does not exist")


def _stream_names(deployment: Deployment) -> list[str]:
    """The streams of all cameras, each once; those of unreadable items are left out with a warning."""
    names = set()
    for registered in deployment.registry.scan():
        if isinstance(registered, InvalidCamera):
            warn(str(registered))
        elif registered.camera.stream_name is not None:
            names.add(registered.camera.stream_name)
    return sorted(names)
