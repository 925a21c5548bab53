"""The regions that the template takes, and what botocore knows of them."""

from collections.abc import Iterator

import boto3
import pytest

from infra.cli.aws.regions import REKOGNITION, WITHOUT_KVS, region_problem
from infra.cli.aws.stack import OUTPUTS, DeployedStack, StackNotFound
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment import stack
from infra.iam.actions import Place
from tests.infra.rendered import transformed

PARTITIONS = ("aws", "aws-us-gov", "aws-cn")
NOT_YET = {"ap-southeast-5"}
"""botocore has an endpoint of Rekognition, AWS's page of the service does not."""
WITHOUT_REKOGNITION = ("eu-west-3", "ap-east-1", "af-south-1", "me-south-1", "ap-southeast-5", "cn-north-1")


def regions(service: str) -> Iterator[str]:
    for partition in PARTITIONS:
        yield from boto3.Session().get_available_regions(service, partition)


def deployed_in(region: str) -> DeployedStack:
    return DeployedStack("shop", "CREATE_COMPLETE", Place(region, "1"), dict.fromkeys(OUTPUTS, "x"), {})


def test_the_regions_are_those_of_botocore() -> None:
    rekognition = {*regions("rekognition")} - NOT_YET
    assert {*REKOGNITION} == rekognition
    assert {*WITHOUT_KVS} == rekognition - {*regions("kinesisvideo")}


def test_the_template_takes_these_regions_and_no_other() -> None:
    (assertion,) = transformed()["Rules"]["RegionWithRekognition"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Contains": [[*REKOGNITION], {"Ref": "AWS::Region"}]}
    assert all(region in assertion["AssertDescription"] for region in REKOGNITION)


@pytest.mark.parametrize("region", WITHOUT_REKOGNITION)
def test_a_region_without_rekognition_is_told_before_and_after_the_deployment(region: str) -> None:
    problem = f"{region} has no Rekognition, so no frame can be counted there"
    assert str(StackNotFound("shop", region)).startswith(
        f"stack 'shop' does not exist in {region}, and {problem}: deploy in one of ap-northeast-1, "
    )
    found = next(iter(stack.judge(deployed_in(region))))
    assert (found.level, found.what) == (Level.WRONG, problem)
    assert "eu-central-1" in found.do


@pytest.mark.parametrize("region", WITHOUT_KVS)
def test_a_region_without_streams_is_good_for_push_cameras(region: str) -> None:
    found = next(iter(stack.judge(deployed_in(region))))
    assert (found.level, found.what) == (
        Level.WARNING,
        f"{region} has no Kinesis Video Streams: only cameras of source push can be counted there",
    )
    assert region not in found.do


def test_all_other_regions_have_no_problem() -> None:
    well = {*REKOGNITION} - {*WITHOUT_KVS}
    assert [region for region in sorted(well) if region_problem(region)] == []
    assert {found.level for found in stack.judge(deployed_in("eu-central-1"))} == {Level.OK}
