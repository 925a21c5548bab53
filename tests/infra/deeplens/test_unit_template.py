"""infra/deeplens/unit.yaml: what a unit may do, and nothing else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from deeplens.common.settings import Settings
from infra.iam.policies import read_policy
from infra.local.lambdas.roles import Role
from tests.infra.rendered import ROOT

PATH = ROOT / "infra" / "deeplens" / "unit.yaml"
VALUES = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
    "CameraId": "till-1",
    "FrameBucketName": "frames",
    "CameraTableName": "cameras",
    "KmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/k",
    "RoleAlias.RoleAliasArn": "arn:aws:iot:us-east-1:123456789012:rolealias/unit",
}


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their long ones."""


def _tagged(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_scalar(node)  # type: ignore[arg-type] # no short form holds a mapping here
    return {suffix: value}


_Loader.add_multi_constructor("!", _tagged)
TEMPLATE: dict[str, Any] = yaml.load(PATH.read_text(), _Loader)  # noqa: S506 - a safe loader


def rendered(value: Any, *conditions: str) -> Any:
    """As CloudFormation renders it with VALUES; None is what it leaves out."""
    match value:
        case {"Ref": name} | {"GetAtt": name}:
            return None if name == "AWS::NoValue" else VALUES.get(name, name)
        case {"Sub": text}:
            for name, filling in VALUES.items():
                text = text.replace(f"${{{name}}}", filling)
            return text
        case {"If": [condition, yes, no]}:
            return rendered(yes if condition in conditions else no, *conditions)
        case dict():
            return {key: rendered(item, *conditions) for key, item in value.items()}
        case list():
            return [found for item in value if (found := rendered(item, *conditions)) is not None]
    return value


def statements(*conditions: str) -> list[dict[str, Any]]:
    (policy,) = TEMPLATE["Resources"]["Role"]["Properties"]["Policies"]
    found: list[dict[str, Any]] = rendered(policy["PolicyDocument"], *conditions)["Statement"]
    return found


def test_cfn_lint_has_nothing_to_say() -> None:
    program = str(Path(sys.executable).parent / "cfn-lint")
    result = subprocess.run([program, str(PATH)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("frame/till-1/2026-11-22/x.jpg", True),
        ("frame/till-10/2026-11-22/x.jpg", False),
        ("frame/till-2/2026-11-22/x.jpg", False),
        ("frame/2026-11-22 12:00:00.jpg", False),
        ("frame/till-1", False),
        ("other/till-1/x.jpg", False),
    ],
)
def test_a_unit_puts_its_own_cameras_frames_alone(key: str, allowed: bool) -> None:
    role = Role("unit", "us-east-1", read_policy({"Version": "2012-10-17", "Statement": statements()}))
    assert (role.refused("s3", "PutObject", {"Bucket": "frames", "Key": key}) == []) == allowed
    assert role.refused("s3", "GetObject", {"Bucket": "frames", "Key": key})
    assert role.refused("s3", "PutObject", {"Bucket": "others", "Key": key})


def test_with_a_key_and_the_registry_no_more_than_both_need() -> None:
    key = {"Effect": "Allow", "Resource": VALUES["KmsKeyArn"]}
    assert statements("HasKey", "ReadsRegistry", "ReadsRegistryByKey")[1:] == [
        key | {
            "Action": "kms:GenerateDataKey",
            "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
        },
        {
            "Effect": "Allow",
            "Action": "dynamodb:GetItem",
            "Resource": "arn:aws:dynamodb:us-east-1:123456789012:table/cameras",
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["till-1"]}},
        },
        key | {
            "Action": "kms:Decrypt",
            "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}},
        },
    ]  # fmt: skip
    assert len(statements()) == 1


def test_the_certificate_opens_what_the_code_uses() -> None:
    document = rendered(TEMPLATE["Resources"]["UnitPolicy"]["Properties"]["PolicyDocument"])
    settings = Settings("frames", VALUES["CameraId"])
    iot = "arn:aws:iot:us-east-1:123456789012"
    assert {entry["Action"]: entry["Resource"] for entry in document["Statement"]} == {
        "iot:AssumeRoleWithCertificate": VALUES["RoleAlias.RoleAliasArn"],
        "iot:Connect": f"{iot}:client/{settings.camera_id}",
        "iot:Publish": f"{iot}:topic/{settings.topic}",
    }
