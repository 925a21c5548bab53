"""`occupancy camera upload-policy`: one camera's frames, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import pytest

from infra.cli.aws.stack import DeployedStack
from infra.cli.camera.upload_command import NoUploads, policy_of
from infra.iam.actions import Place
from infra.iam.policies import AccessRequest, Decision, decide, read_policy
from ingest.registry.camera import Camera, Source
from ingest.registry.table import CameraRegistry
from tests.infra.cli.conftest import NOW, Run, refused
from tests.infra.iam.authorization_reference import problems

KEY = "arn:aws:kms:eu-central-1:123456789012:key/2f1d4a6e-0000-4000-8000-000000000000"
STACK = DeployedStack(
    "shop", "CREATE_COMPLETE", Place("eu-central-1", "123456789012"), {"FrameBucketName": "frames"}, {}
)
TILL = Camera("till", "north", NOW, Source.PUSH)


def may_put(policy: dict[str, Any], key: str) -> bool:
    request = AccessRequest("s3:PutObject", f"arn:aws:s3:::frames/{key}")
    return decide(read_policy(policy), request) is Decision.ALLOWED


@pytest.mark.parametrize(
    ("camera", "key", "allowed"),
    [
        (TILL, "frame/till/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg", True),
        (TILL, "frame/till-2/2026-11-22/20261122T140500000Z_20261122T140458000Z.jpg", False),
        (TILL, "frame/2026-11-22 14:05:00.123456.jpg", False),
        (TILL, "elsewhere/till/x.jpg", False),
        (replace(TILL, original_deeplens=True), "frame/2026-11-22 14:05:00.123456.jpg", True),
        (replace(TILL, original_deeplens=True), "frame/till/2026-11-22/x.jpg", False),
    ],
)
def test_the_frames_of_the_camera_and_of_no_other(camera: Camera, key: str, allowed: bool) -> None:
    policy = policy_of(camera, STACK)
    assert may_put(policy, key) is allowed
    assert [problem for statement in policy["Statement"] for problem in problems(statement)] == []


def test_a_key_of_your_own_is_used_through_s3() -> None:
    _, key = policy_of(TILL, replace(STACK, parameters={"KmsKeyArn": KEY}))["Statement"]
    assert (key["Action"], key["Resource"]) == ("kms:GenerateDataKey", KEY)
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
    assert list(problems(key)) == []


def test_only_push_cameras_have_uploaders() -> None:
    with pytest.raises(NoUploads, match="camera 'till' is a kvs camera: the pull puts its frames"):
        policy_of(replace(TILL, source=Source.KVS), STACK)


def test_the_command_prints_the_policy(run: Run, registry: CameraRegistry) -> None:
    registry.add(TILL)
    policy = json.loads(run("camera", "upload-policy", "till").stdout)
    (statement,) = policy["Statement"]
    assert statement["Action"] == "s3:PutObject"
    assert statement["Resource"].endswith("/frame/till/*")


def test_an_unknown_camera_is_one_sentence(run: Run, registry: CameraRegistry) -> None:
    refused(
        run("camera", "upload-policy", "nobody"),
        "camera 'nobody' is not in the registry: see `occupancy camera list`",
    )
