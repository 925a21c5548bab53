"""Doctor's findings of the streams' tags, before and after the switch to PullStreams=tagged."""

import pytest

from infra.cli.aws.streams import TagState
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.stream_tags import judge_tags


@pytest.mark.parametrize(
    ("states", "before", "after"),
    [
        ({}, [Level.OK], [Level.OK]),
        ({"door": TagState.OURS, "gone": TagState.MISSING}, [Level.OK], [Level.OK]),
        ({"door": TagState.OURS, "till": TagState.NONE}, [Level.NOTE], [Level.WRONG]),
        ({"door": TagState.OTHER, "till": TagState.NONE}, [Level.NOTE] * 2, [Level.WRONG] * 2),
    ],
)
def test_what_lacks_the_tag_is_named(
    states: dict[str, TagState], before: list[Level], after: list[Level]
) -> None:
    lacking = [name for name, state in states.items() if state in {TagState.NONE, TagState.OTHER}]
    for only_tagged, levels in ((False, before), (True, after)):
        found = list(judge_tags(states, "shop", only_tagged=only_tagged))
        assert [finding.level for finding in found] == levels
        assert all(any(name in finding.what for finding in found) for name in lacking)
        assert all("occupancy camera tag-streams" in finding.do for finding in found if lacking)


def test_a_tag_of_another_stack_is_removed_first() -> None:
    (finding,) = judge_tags({"door": TagState.OTHER}, "shop", only_tagged=True)
    assert finding.what == (
        "streams of cameras with the tag of another stack (store-occupancy=shop is this stack's): door: the"
        " pull may not read them, since PullStreams is tagged"
    )
    assert finding.do == "remove their tag store-occupancy, and run `occupancy camera tag-streams`"
