"""`occupancy camera tag-streams`, and the tag of new streams, on a stack with PullStreams=tagged."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import boto3
import pytest
from click.testing import CliRunner, Result

from infra.cli.aws.stack import find_stack
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.permissions import check_role
from infra.cli.main import occupancy
from infra.iam.functions import StackFunction
from infra.local.cloud import LocalCloud
from infra.local.lambdas.functions import functions
from infra.local.lambdas.roles import role_of
from ingest.frames.messages import PullRequest
from ingest.registry.camera import Camera, Mode
from tests.chain import Chain, CountsSquares, RandomKiller

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo import KinesisVideoClient

pytestmark = pytest.mark.own_cloud
TAG = {"store-occupancy": "store-occupancy"}
SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
ON_STREAMS = (
    ("kinesis-video", "DescribeStream"),
    ("kinesis-video", "GetDataEndpoint"),
    ("kinesis-video-archived-media", "ListFragments"),
    ("kinesis-video-archived-media", "GetMediaForFragmentList"),
    ("kinesis-video-archived-media", "GetImages"),
    ("kinesis-video-media", "GetMedia"),
)


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(CountsSquares(), parameters={"PullStreams": "tagged"}) as cloud:
        yield cloud


@pytest.fixture
def kinesisvideo(cloud: LocalCloud) -> "KinesisVideoClient":
    return boto3.Session().client("kinesisvideo")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(occupancy, ["camera", *arguments], catch_exceptions=False)


def old_camera(
    cloud: LocalCloud, kinesisvideo: "KinesisVideoClient", name: str, tags: dict[str, str]
) -> None:
    """A camera of an earlier version: its stream has other tags at most."""
    kinesisvideo.create_stream(StreamName=name, DataRetentionInHours=24, Tags=tags)
    cloud.registry.add(Camera(name, "berlin-1", SINCE, mode=Mode.FRAGMENTS))


def test_a_new_stream_has_the_tag_of_the_stack(cloud: LocalCloud, kinesisvideo: "KinesisVideoClient") -> None:
    assert run("add", "new", "--store", "berlin-1", "--create-stream").exit_code == 0
    assert kinesisvideo.list_tags_for_stream(StreamName="new")["Tags"] == TAG
    cloud.registry.remove("new")


def test_all_streams_of_cameras_are_tagged_and_those_of_another_stack_stay(
    cloud: LocalCloud, kinesisvideo: "KinesisVideoClient"
) -> None:
    old_camera(cloud, kinesisvideo, "old", {"owner": "shop"})
    old_camera(cloud, kinesisvideo, "theirs", {"store-occupancy": "other"})
    cloud.registry.add(Camera("gone", "berlin-1", SINCE))
    kinesisvideo.create_stream(StreamName="spare")

    first, second = run("tag-streams"), run("tag-streams")

    said, warned = (" ".join(text.split()) for text in (first.stdout, first.stderr))
    assert "now have the tag store-occupancy=store-occupancy: 1; that had it before: 0." in said
    assert "store-occupancy=store-occupancy: 0; that had it before: 1." in " ".join(second.stdout.split())
    assert "stream 'theirs' has the tag of another stack and is not changed" in warned
    assert "stream 'gone' does not exist" in warned
    tags = {
        name: kinesisvideo.list_tags_for_stream(StreamName=name)["Tags"]
        for name in ("old", "theirs", "spare")
    }
    assert tags == {"old": {"owner": "shop", **TAG}, "theirs": {"store-occupancy": "other"}, "spare": {}}
    for name in ("old", "theirs", "gone"):
        cloud.registry.remove(name)


@pytest.mark.parametrize(
    ("name", "tags", "allowed"),
    [("plain", {}, False), ("other", {"store-occupancy": "other"}, False), ("tagged", TAG, True)],
)
def test_the_pull_s_role_reads_only_streams_with_the_tag(
    name: str, tags: dict[str, str], allowed: bool, cloud: LocalCloud, kinesisvideo: "KinesisVideoClient"
) -> None:
    kinesisvideo.create_stream(StreamName=name, Tags=tags)
    (pull,) = (found for found in functions(cloud.stack).values() if found.logical_id == "PullFunction")
    role = role_of(cloud.stack, pull)
    for service, operation in ON_STREAMS:
        assert (role.refused(service, operation, {"StreamName": name}) == []) is allowed
    assert role.refused("kinesis-video", "DescribeStream", {"StreamName": "no-such-stream"}) != []


def test_an_untagged_camera_is_pulled_once_it_is_tagged(
    cloud: LocalCloud, kinesisvideo: "KinesisVideoClient"
) -> None:
    old_camera(cloud, kinesisvideo, "late", {})
    random = Random(1)
    chain = Chain(cloud, random, RandomKiller(random))
    request = {"Records": [{"messageId": "1", "body": PullRequest("late").to_body()}]}
    with pytest.raises(Exception, match="late"):
        chain.invoke("PullFunction", request)
    assert cloud.registry.get("late").cursor.until is None
    run("tag-streams")
    assert chain.invoke("PullFunction", request) == {"batchItemFailures": []}
    assert cloud.registry.get("late").cursor.until is not None
    cloud.registry.remove("late")


def test_doctor_finds_the_pull_s_role_well(cloud: LocalCloud) -> None:
    known = clients(boto3.Session())
    deployed = find_stack(known.cloudformation, cloud.stack.name)
    found = list(check_role(known, deployed, StackFunction.PULL))
    assert [finding.level for finding in found] == [Level.OK]
