"""Stacks with other parameters, and stacks that must not be created. Each has a moto server of its own."""

from dataclasses import replace

import boto3
import pytest

from counter.counting.handler import CountingSettings
from infra.local.lambdas.functions import functions, queue_sources
from infra.local.stack.coverage import UncoveredProperty
from infra.local.stack.provision import StackFailed, provision, update
from infra.local.stack.template import Template, load
from tests.infra.local.served import moto_served
from tests.upgrade.templates import earlier


def _session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


def test_the_customer_key_variant_stands_too() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/2f1d4a6e-0000-4000-8000-000000000000"
    with moto_served():
        stack = provision(_session(), load(), "keyed", {"KmsKeyArn": key, "AlarmEmail": "a@example.com"})
        attached = _session().client("iam").list_attached_role_policies(RoleName=stack.ids["PullRole"])
    policies = [policy["PolicyArn"] for policy in attached["AttachedPolicies"]]
    assert policies == [stack.ids["KeyUsePolicy"]]
    assert stack.resources["CameraTable"].properties["SSESpecification"]["KMSMasterKeyId"] == key


def test_a_region_without_rekognition_is_refused_with_those_that_work() -> None:
    with pytest.raises(StackFailed, match=r"has no Rekognition, .* Deploy in one of ap-northeast-1, "):
        provision(boto3.Session(region_name="eu-west-3"), load(), "shop")


def test_the_pull_has_the_concurrency_of_the_parameter() -> None:
    with moto_served():
        stack = provision(_session(), load(), "small", {"PullConcurrency": "6"})
        mappings = (
            _session().client("lambda").list_event_source_mappings(FunctionName=stack.ids["PullFunction"])
        )
    (mapping,) = mappings["EventSourceMappings"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 6}
    assert sorted(source.concurrency or 0 for source in queue_sources(stack)) == [2, 6]


def test_the_counter_has_what_its_rate_needs() -> None:
    with moto_served():
        stack = provision(_session(), load(), "big", {"DetectLabelsPerSecond": "300"})
        lambda_, name = _session().client("lambda"), stack.ids["CounterFunction"]
        (mapping,) = lambda_.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        deployed = lambda_.get_function_configuration(FunctionName=name)
    assert (mapping["ScalingConfig"], mapping["BatchSize"]) == ({"MaximumConcurrency": 60}, 60)
    assert deployed["MemorySize"] == 1024
    assert deployed["Environment"]["Variables"]["MAXIMUM_CONCURRENCY"] == "60"
    (counter,) = (function for function in functions(stack).values() if function.name == name)
    (source,) = (source for source in queue_sources(stack) if source.function == counter.arn)
    assert (counter.memory, source.concurrency, source.batch_size) == (1024, 60, 60)
    share = CountingSettings.from_environ(counter.environment).detections_per_second
    assert share * 60 == 300


def test_a_rate_that_is_not_in_the_list_is_told_what_to_choose() -> None:
    with pytest.raises(StackFailed, match=r"must be 2, 5, 10, 25, .* choose the next higher one"):
        provision(_session(), load(), "shop", {"DetectLabelsPerSecond": "40"})


def test_an_update_with_a_rate_of_an_earlier_version_is_told_what_to_choose_and_changes_nothing() -> None:
    with moto_served():
        stack = provision(_session(), earlier(), "shop", {"DetectLabelsPerSecond": "30"})
        lambda_, name = _session().client("lambda"), stack.ids["CounterFunction"]
        with pytest.raises(StackFailed, match=r"'shop' cannot be updated: .* must be 2, 5, 10, 25, "):
            update(_session(), stack, load(), {"DetectLabelsPerSecond": "30"})
        before = lambda_.get_function_configuration(FunctionName=name)
        updated = update(_session(), stack, load(), {"DetectLabelsPerSecond": "50"})
        after = lambda_.get_function_configuration(FunctionName=name)
    assert before["Handler"] == "counter.handler.handler"
    assert after["Handler"] == "counter.counting.handler.handler"
    assert str(after["Environment"]["Variables"]["DETECT_LABELS_PER_SECOND"]) == "50"
    assert stack.ids.items() <= updated.ids.items()


def test_the_general_upload_policy_can_be_removed_with_its_output() -> None:
    with moto_served():
        stack = provision(_session(), load(), "strict", {"GeneralUploadPolicy": "remove"})
    assert "FrameUploadPolicyArn" not in stack.outputs
    assert "FrameUploadPolicy" not in stack.ids


def test_a_property_that_nobody_applies_stops_it() -> None:
    template = load()
    bucket = template.body["Resources"]["FrameBucket"]
    changed = {**bucket, "Properties": {**bucket["Properties"], "ObjectLockEnabled": True}}
    body = {**template.body, "Resources": {**template.body["Resources"], "FrameBucket": changed}}
    with pytest.raises(UncoveredProperty, match=r"FrameBucket\.ObjectLockEnabled"):
        provision(_session(), replace(template, body=body), "shop")


def test_a_resource_that_is_refused_fails_the_stack_in_one_sentence() -> None:
    properties = {
        "Code": {"ZipFile": "pass"},
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/nobody",
        "Runtime": "python3.13",
    }
    template = Template({"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": properties}}})
    with (
        moto_served(),
        pytest.raises(StackFailed, match=r"stack 'shop' cannot be created: (?s:.*) cannot be assumed"),
    ):
        provision(_session(), template, "shop")


def test_each_server_starts_empty() -> None:
    for _ in range(2):
        with moto_served():
            provision(_session(), load(), "shop")
