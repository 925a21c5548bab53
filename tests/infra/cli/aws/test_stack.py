from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from samtranslator.yaml_helper import yaml_parse

from infra.cli.aws.stack import StackIncomplete, StackNotFound, find_stack_resources
from tests.infra.cli.conftest import Run, refused
from tests.infra.cli.stack_stub import TEMPLATE, deploy

MISSING = (
    "stack 'shop' does not exist in us-east-1: deploy it with `sam build && sam deploy --guided`, or name"
    " yours with --stack and --region (or OCCUPANCY_STACK and AWS_REGION)"
)

LATER_OUTPUTS = {"StoreTableName", "HistoryBucketName"}
"""A stack of an earlier version lacks these: only the commands that need them refuse it."""


def test_the_outputs_say_where_everything_is(stack: None) -> None:
    found = find_stack_resources(boto3.client("cloudformation"), "store-occupancy")
    assert found.name == "store-occupancy"
    tables = {found.camera_table, found.occupancy_table, found.quarter_hour_table}
    assert tables < set(boto3.client("dynamodb").list_tables()["TableNames"])
    assert found.frame_bucket in {bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]}
    assert "framebucket" in found.frame_bucket
    assert [found.frame_queue_url] == boto3.client("sqs").list_queues()["QueueUrls"]


def test_a_stack_that_does_not_exist(stack: None) -> None:
    with pytest.raises(StackNotFound) as error:
        find_stack_resources(boto3.client("cloudformation"), "shop")
    assert str(error.value) == MISSING


@pytest.mark.parametrize("output", sorted(set(TEMPLATE["Outputs"]) - LATER_OUTPUTS))
def test_a_stack_without_an_output(output: str) -> None:
    outputs = {name: value for name, value in TEMPLATE["Outputs"].items() if name != output}
    with mock_aws():
        deploy("shop", TEMPLATE | {"Outputs": outputs})
        with pytest.raises(StackIncomplete) as error:
            find_stack_resources(boto3.client("cloudformation"), "shop")
    assert str(error.value) == (
        f"stack 'shop' (CREATE_COMPLETE) has no output {output}: is it the stack of store-occupancy, and"
        " is its deployment complete? Deploy it again with `sam build && sam deploy`"
    )


def test_the_stack_is_named_by_option_or_environment(
    run: Run, stack: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(run("camera", "list", "--stack", "shop"), MISSING)
    monkeypatch.setenv("OCCUPANCY_STACK", "shop")
    refused(run("camera", "list"), MISSING)
    assert run("camera", "list", "--stack", "store-occupancy").exit_code == 0


def test_the_region_is_named_by_option_or_environment(
    run: Run, stack: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = MISSING.replace("'shop'", "'store-occupancy'").replace("us-east-1", "eu-central-1")
    refused(run("camera", "list", "--region", "eu-central-1"), elsewhere)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    refused(run("camera", "list"), elsewhere)
    assert run("camera", "list", "--region", "us-east-1").exit_code == 0


def test_the_template_has_every_output_that_is_read() -> None:
    template = (Path(__file__).parents[4] / "template.yaml").read_text(encoding="utf-8")
    outputs = yaml_parse(template)["Outputs"]
    assert set(TEMPLATE["Outputs"]) <= set(outputs)
