"""Doctor finds each planted fault and nothing else; a healthy deployment has no finding.

Covers the checks of the deployment and the cameras, report.py, clients.py and operator_actions.py, too.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from infra.cli.aws.deployment import Clock
from infra.cli.doctor.cameras.one_frame import judge_blank
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.checks.operator_actions import ACTIONS
from infra.cli.main import occupancy
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import parse
from ingest.registry.sampling import Sampling
from tests.infra.cli.doctor import planted
from tests.infra.cli.doctor import planted_cameras as ill
from tests.infra.cli.doctor.conftest import Doctor, World
from tests.infra.cli.doctor.planted import Fault
from tests.ingest.video import black

DEPLOYMENT: list[tuple[Fault, str, int]] = [
    (planted.throttled_function, "wrong: CounterFunction is throttled: its reserved concurrency is 0", 1),
    (
        planted.disabled_mapping,
        "wrong: PullFunction is not triggered by its queue .*: the mapping is Disabled",
        1,
    ),
    (planted.new_account, "warning: the account runs only 10 Lambda .* and the stack may want 24", 0),
    (
        planted.small_quota,
        "warning: the cameras need 2 images .* at most 3, the account's quota for Detect",
        0,
    ),
    (planted.busy_cameras, "wrong: the cameras need 12 images a second all the time, .* at most 5", 1),
    (planted.disabled_schedule, "wrong: the schedule '.*' of ClosingFunction is DISABLED", 1),
    (
        planted.short_visibility,
        "wrong: queue .*-frame has a visibility timeout of 30 s, .* timeout of 60 s",
        1,
    ),
    (planted.few_receives, "wrong: queue .*-frame gives a message up after 10 receives of 361 s, .* 48 h", 1),
    (planted.no_notification, "wrong: bucket .* does not notify queue .*-frame of new frames", 1),
    (planted.no_lifecycle, "wrong: bucket .* has no lifecycle rule that expires frames", 1),
    (planted.open_to_the_public, "wrong: bucket .* does not block public access", 1),
    (
        planted.versioned_bucket,
        "wrong: bucket .* is versioned .Enabled.: deleted frames are kept",
        1,
    ),
    (planted.nobody_subscribed, "warning: nobody gets the alarms: their topic has no subscription", 0),
    (
        planted.not_opted_out,
        "warning: AWS may keep the frames that Rekognition is given, .* says optIn for Rekognition",
        0,
    ),
    (planted.alarm_on, "warning: alarm store-occupancy-PullsFailedAlarm-1 is active", 0),
    (planted.right_taken_away, "wrong: PullFunction may not s3:PutObject on .*: its role .*PullRole", 1),
    (planted.right_denied, "wrong: CounterFunction may not rekognition:DetectLabels on \\*", 1),
    (planted.dead_letter, "wrong: 2 dead letters of the frame queue: camera 'x' is not in the registry", 1),
    (planted.old_message, "wrong: queue .*-frame has .*, the oldest for 30 min", 1),
    (planted.unreadable_item, "wrong: camera 'broken': .*: this camera is not counted", 1),
    (planted.shared_stream, "wrong: cameras 'door' and 'twin' share the stream 'door'", 1),
    (planted.untagged_stream, "note: streams of cameras with no tag .*: door: with PullStreams=tagged", 0),
    (planted.spare_stream, "note: streams without a camera .1.: spare", 0),
    (
        planted.never_open,
        "wrong: camera 'closed' is never counted: its opening hours contain no sample instant",
        1,
    ),
    (
        planted.odd_interval,
        "warning: camera 'odd' is counted every 420 s, which does not divide a quarter",
        0,
    ),
    (planted.other_zone, "warning: store 'berlin-1' is in UTC, but not its cameras far: ", 0),
]

CAMERA: list[tuple[Fault, str, int]] = [
    (ill.no_stream, "wrong: stream 'ill' does not exist", 1),
    (
        ill.no_retention,
        "wrong: stream 'ill' keeps no video .retention 0 h., and mode fragments reads",
        1,
    ),
    (ill.silent, "wrong: no video arrived in the last day.*, and the shop is open", 1),
    (
        ill.clock_ahead,
        "wrong: the clock of camera 'ill' is [45] min ahead: its frames are refused",
        1,
    ),
    (
        ill.sparse_keyframes,
        "wrong: its keyframes are 10 s apart, and a count every 5 s needs one",
        1,
    ),
    (
        ill.strange_video(ill.of_codec("V_VP9")),
        "wrong: the camera sends V_VP9, which is not supported",
        1,
    ),
    (
        ill.strange_video(ill.without_private()),
        "wrong: .* has no codec private data",
        1,
    ),
    (
        ill.strange_video(ill.undecodable()),
        "wrong: keyframe of .* cannot be decoded",
        1,
    ),
    (
        ill.strange_video(ill.tiny()),
        "wrong: .* cannot be counted .InvalidParameterException.",
        1,
    ),
    (ill.never_pulled, "wrong: the pull has never read its video", 1),
    (
        ill.gaps,
        "wrong: 0 of .* instants .* closed hour are counted: .* without video .no_media.",
        1,
    ),
    (
        ill.gaps,
        "wrong: it is dark: no count since .*, [0-9]+ gaps, the last instants without video .no_media.",
        1,
    ),
]


def test_a_deployment_that_is_well_has_no_finding(world: World, doctor: Doctor) -> None:
    report = doctor()
    assert (report.bad, report.exit_code) == ([], 0)
    what = [finding.what for finding in report.findings]
    assert "a frame was taken and counted: " in " ".join(what)
    assert re.search(r"(\d+) of \1 instants of the last closed hour are counted", " ".join(what))


@pytest.mark.parametrize(("fault", "sentence", "exit_code"), DEPLOYMENT)
def test_a_fault_of_the_deployment_is_the_one_that_is_found(
    fault: Fault, sentence: str, exit_code: int, world: World, doctor: Doctor
) -> None:
    with fault(world):
        report = doctor("--camera", "door", "--no-frame")
    assert [found for found in report.bad if not re.match(sentence, found)] == []
    assert (len(report.bad), report.exit_code) == (1, exit_code)
    assert all(finding.do for finding in report.findings if f"{finding.level}: {finding.what}" in report.bad)


@pytest.mark.parametrize(("fault", "sentence", "exit_code"), CAMERA)
def test_a_fault_of_a_camera_is_found(
    fault: Fault, sentence: str, exit_code: int, world: World, doctor: Doctor
) -> None:
    with fault(world):
        report = doctor("--camera", "ill")
    assert any(re.match(sentence, found) for found in report.bad), report.bad
    assert report.exit_code == exit_code


@pytest.mark.parametrize("mode", [Mode.IMAGES, Mode.AUTO])
def test_a_frame_is_taken_as_the_camera_s_mode_takes_it(
    mode: Mode, world: World, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = watch(monkeypatch)
    world.add("pictured", mode=mode)
    world.live("pictured")
    report = doctor("--camera", "pictured")
    without = doctor("--camera", "pictured", "--no-frame")
    world.remove("pictured")
    assert "GetImages" in called
    assert any(finding.what.startswith("a frame was taken and counted: ") for finding in report.findings)
    assert not any("a frame was taken" in finding.what for finding in without.findings)
    assert report.exit_code == 0


@pytest.mark.parametrize("mode", [Mode.FRAGMENTS, Mode.IMAGES])
def test_a_picture_that_shows_nothing_is_a_fault_and_costs_no_image(
    mode: Mode, world: World, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = watch(monkeypatch)
    with ill.strange_video(black((320, 240)), mode)(world):
        report = doctor("--camera", "ill")
    sentence = "wrong: its newest picture is black or of one colour (no_picture)"
    assert any(found.startswith(sentence) for found in report.bad), report.bad
    assert report.exit_code == 1
    assert ("GetImages" in called) == (mode is Mode.IMAGES)
    assert "DetectLabels" not in called


def test_a_dark_picture_of_a_closed_shop_is_no_fault() -> None:
    sunday = datetime(2026, 11, 22, 14, 2, tzinfo=UTC)
    opened = parse("mon 09:00-20:00")
    door = Camera("door", "berlin-1", sunday, sampling=Sampling(60, opening_hours=opened))
    assert judge_blank(door, sunday).level is Level.NOTE
    assert judge_blank(door, sunday + timedelta(days=1)).level is Level.WRONG


def test_a_stream_that_keeps_nothing_is_read_live(world: World, doctor: Doctor) -> None:
    world.add("live", hours=0, mode=Mode.AUTO)
    world.live("live")
    report = doctor("--camera", "live")
    world.remove("live")
    assert any("a frame was taken and counted: " in finding.what for finding in report.findings)
    assert report.bad[0].startswith("warning: stream 'live' keeps no video (retention 0 h)")
    assert report.exit_code == 0


def test_frames_that_nobody_takes_are_found(world: World, doctor: Doctor) -> None:
    with ill.stale_frames(world):
        report = doctor("--no-frame")
    assert report.bad == ["wrong: 1 of its frames wait in the bucket, the oldest for 40 min"]


def test_a_push_camera_that_sends_nothing_is_found(world: World, doctor: Doctor) -> None:
    with ill.silent_push_camera(world):
        report = doctor("--camera", "sender")
    (finding,) = report.bad
    assert re.match("wrong: no row in the last hour, although .* was due", finding)


def test_a_clock_that_is_off_is_found(world: World, doctor: Doctor) -> None:
    with planted.own_clock_off(world):
        report = doctor("--no-frame")
    (finding,) = report.bad  # the wrong clock causes no other finding
    assert finding.startswith("wrong: this machine's clock is 6 min ahead of that of AWS")


def test_no_stack_is_one_finding(doctor: Doctor) -> None:
    report = doctor("--stack", "elsewhere")
    assert report.bad == ["wrong: stack 'elsewhere' does not exist in us-east-1"]
    assert report.exit_code == 1


@pytest.mark.parametrize(
    ("operation", "sentence"),
    [
        (
            "SimulatePrincipalPolicy",
            "the role of PullFunction could not be checked: .* iam:SimulatePrincipal",
        ),
        ("GetBucketVersioning", "the frame bucket could not be checked: .* may not s3:GetBucketVersioning"),
        ("ListFragments", "its video could not be checked: .* may not kinesisvideo:ListFragments"),
        ("GetAccountSettings", "the account's concurrent executions .* may not lambda:GetAccountSettings"),
        ("GetServiceQuota", "the account's quota for Detect.* may not servicequotas:GetServiceQuota"),
        ("Scan", "the registry could not be checked: .* may not dynamodb:Scan"),
    ],
)
def test_a_right_that_the_operator_lacks_is_named_and_stops_nothing_else(
    operation: str, sentence: str, world: World, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(monkeypatch, refuse={operation})
    report = doctor("--no-frame")
    assert any(re.match(f"unknown: {sentence}", found) for found in report.bad), report.bad
    assert {found.partition(":")[0] for found in report.bad} == {"unknown"}
    assert report.exit_code == 1


def test_every_call_has_its_action_in_the_list(
    world: World, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = watch(monkeypatch)
    with planted.dead_letter(world):
        doctor()
    assert called <= ACTIONS.keys()


def test_the_report_for_people(world: World) -> None:
    arguments = ["doctor", "--no-frame"]
    result = CliRunner().invoke(occupancy, arguments, obj=Clock(world.now), catch_exceptions=False)
    assert "camera door\n  ok  " in result.stdout
    assert result.stdout.splitlines()[-1].startswith("All is well: ")
    with planted.nobody_subscribed(world):
        result = CliRunner().invoke(occupancy, arguments, obj=Clock(world.now), catch_exceptions=False)
    assert "-> deploy with the parameter AlarmEmail" in result.stdout
    assert result.stdout.splitlines()[-1] == "1 warning."


def test_an_unknown_camera_is_one_sentence(world: World) -> None:
    result = CliRunner().invoke(occupancy, ["doctor", "--camera", "nobody"], obj=Clock(world.now))
    assert "camera 'nobody' is not in the registry" in result.stderr
    assert (result.stdout, result.exit_code) == ("", 1)


def watch(monkeypatch: pytest.MonkeyPatch, refuse: Collection[str] = ()) -> set[str]:
    """Record the operations that the command's session calls from now on; IAM refuses those in `refuse`."""
    called: set[str] = set()

    def see(model: Any, **_: Any) -> None:
        called.add(model.name)
        if model.name in refuse:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, model.name)

    class Watched(boto3.Session):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.events.register("provide-client-params", see)

    monkeypatch.setattr("infra.cli.aws.deployment.boto3.Session", Watched)
    monkeypatch.setattr("infra.cli.doctor.command.clients", clients)  # not the shared clients
    return called
