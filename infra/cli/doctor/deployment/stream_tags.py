"""Checks the tags of the cameras' streams: with PullStreams=tagged, the pull can read no others."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from infra.cli.aws.stack import DeployedStack
from infra.cli.aws.streams import TagState, stream_tag_state
from infra.cli.doctor.checks.clients import PARALLEL, DoctorClients
from infra.cli.doctor.checks.findings import Finding, note, ok, wrong
from infra.cli.doctor.deployment.registry import RegistryContents
from infra.cli.terminal.texts import listed
from infra.iam.functions import STREAM_TAG

_TAG_THEM = "run `occupancy camera tag-streams`"


def check_stream_tags(
    clients: DoctorClients, deployed: DeployedStack, contents: RegistryContents | Finding
) -> Iterator[Finding]:
    """The tags of all streams of the registry. A registry that cannot be read has a finding of its own."""
    if isinstance(contents, Finding):
        return
    names = sorted({item.camera.stream_name for item in contents.cameras if item.camera.stream_name})

    def state(name: str) -> TagState:
        return stream_tag_state(clients.kinesisvideo, name, deployed.name)

    with ThreadPoolExecutor(PARALLEL) as threads:
        states = dict(zip(names, threads.map(state, names), strict=True))
    yield from judge_tags(
        states, deployed.name, only_tagged=deployed.parameters.get("PullStreams") == "tagged"
    )


def judge_tags(states: Mapping[str, TagState], stack: str, *, only_tagged: bool) -> Iterator[Finding]:
    """`states`: of the cameras' streams, by name. `only_tagged`: the pull can read only tagged ones."""
    for state, what in ((TagState.NONE, "no tag"), (TagState.OTHER, "the tag of another stack")):
        names = [name for name, found in states.items() if found is state]
        if not names:
            continue
        sentence = f"streams of cameras with {what} ({STREAM_TAG}={stack} is this stack's): {listed(names)}"
        way_out = _TAG_THEM if state is TagState.NONE else f"remove their tag {STREAM_TAG}, and {_TAG_THEM}"
        if only_tagged:
            yield wrong(f"{sentence}: the pull may not read them, since PullStreams is tagged", way_out)
        else:
            yield note(
                f"{sentence}: with PullStreams=tagged the pull could not read them", f"first {way_out}"
            )
    if not {TagState.NONE, TagState.OTHER} & {*states.values()}:
        yield ok("all streams of cameras have the tag of this stack")
