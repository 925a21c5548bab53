"""Each policy of ours, against AWS's Service Authorization Reference: action, resource and condition key."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from infra.cli.doctor.checks.operator_actions import ACTIONS
from infra.local.stack.attributes import attributes, pseudo_parameters
from infra.local.stack.intrinsics import Scope
from infra.local.stack.template import load, resolve
from ingest.gateway.policy import Account, policy
from ingest.registry.camera import Camera, Source
from tests.infra.deeplens import test_unit_template as unit
from tests.infra.iam.authorization_reference import IOT_POLICY_ACTIONS, actions_of, problems
from tests.infra.rendered import ROOT
from tests.ingest.gateway.test_policy import SINCE, settings

KEY = "arn:aws:kms:us-east-1:123456789012:key/2f1d4a6e-0000-4000-8000-000000000000"
POLICIES = frozenset({"PolicyDocument", "AssumeRolePolicyDocument"})


def stack() -> Mapping[str, Any]:
    """The resources of the main template with every condition true, by logical id."""
    template = load()
    given = template.defaults() | {"KmsKeyArn": KEY, "AlarmEmail": "a@example.com"}
    types = {name: resource.type for name, resource in template.resources.items()}
    ids = {
        name: f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}" if "Queue" in name else name
        for name in types
    }
    ids["KeyUsePolicy"] = "arn:aws:iam::123456789012:policy/key"
    ids["AlarmTopic"] = "arn:aws:sns:us-east-1:123456789012:alarms"
    references = {**given, **pseudo_parameters("shop", "us-east-1"), **ids}
    scope = Scope(
        references, partial(attributes, types, ids, "us-east-1"), template.conditions, template.mappings
    )
    return {name: resource.properties for name, resource in resolve(template.resources, scope).items()}


def documents(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All policy documents in a tree, with their place."""
    items = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in items:
        if name in POLICIES:
            yield path, inner
        else:
            yield from documents(inner, f"{path}.{name}")


def ours() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All statements of our policies, with where they stand."""
    found = [*documents(stack(), "template.yaml")]
    rendered = unit.rendered(unit.TEMPLATE["Resources"], "HasKey", "ReadsRegistry", "ReadsRegistryByKey")
    found += documents(rendered, "unit.yaml")
    cameras = [Camera("till", "shop", SINCE, Source.PUSH), Camera("door", "shop", SINCE)]
    urls = {"till": "http://${secretsmanager:shop/till}@host/", "door": "rtsp://host/"}
    found.append(("gateway", policy(settings(urls), cameras, Account("123456789012", "us-east-1"))))
    for place, document in found:
        for number, statement in enumerate(document["Statement"]):
            yield f"{place}[{number}]", statement


STATEMENTS = dict(ours())


def test_all_policies_are_looked_at() -> None:
    places = {place.partition(".Properties")[0].split("[")[0] for place in STATEMENTS}
    names = " ".join(places)
    for role in ("ScheduleRole", "PullRole", "CounterRole", "ClosingRole", "SchedulerRole", "KeyUsePolicy"):
        assert role in names
    for other in (
        "FrameBucketPolicy",
        "FrameQueuePolicy",
        "AlarmTopicPolicy",
        "FrameUploadPolicy",
        "gateway",
    ):
        assert other in names
    assert "unit.yaml.Role" in names
    assert "unit.yaml.UnitPolicy" in names


@pytest.mark.parametrize("place", STATEMENTS)
def test_the_reference_knows_action_resource_and_condition(place: str) -> None:
    assert list(problems(STATEMENTS[place])) == []


@pytest.mark.parametrize("action", sorted(set(ACTIONS.values())))
def test_the_reference_knows_what_doctor_needs(action: str) -> None:
    assert len(actions_of(action)) == 1


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_reference_knows_every_action_of_the_documents(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    named = {*re.findall(r'[`"]([a-z][a-z0-9]+:[A-Z][A-Za-z]+\*?)[`"]', text)} - IOT_POLICY_ACTIONS
    unknown = sorted(name for name in named if not actions_of(name))
    assert [name for name in unknown if not name.startswith("aws:")] == []  # condition keys


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ({"Action": "kinesisvideo:GetImage", "Resource": "*"}, "there is no action kinesisvideo:GetImage"),
        ({"Action": "s3:PutObject", "Resource": "*"}, "s3:PutObject does not take *"),
        (
            {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::frames"},
            "s3:PutObject does not take arn:aws:s3:::frames",
        ),
        (
            {"Action": "rekognition:DetectLabels", "Resource": "arn:aws:rekognition:us-east-1:1:image/x"},
            "rekognition:DetectLabels does not take arn:aws:rekognition:us-east-1:1:image/x",
        ),
        (
            {
                "Action": "kinesisvideo:GetMedia",
                "Resource": "arn:aws:kinesisvideo:us-east-1:1:stream/*",
                "Condition": {"StringEquals": {"kinesisvideo:Tag/x": "y"}},
            },
            "kinesisvideo:GetMedia does not know the condition key kinesisvideo:Tag/x",
        ),
    ],
)
def test_what_the_reference_does_not_know_is_a_problem(statement: Mapping[str, Any], problem: str) -> None:
    assert list(problems(statement)) == [problem]


def test_each_action_of_the_pull_on_a_stream_knows_the_stream_s_tags() -> None:
    """From the reference alone: it was not tried on AWS."""
    (streams,) = (
        statement
        for place, statement in STATEMENTS.items()
        if "PullRole" in place and "kinesisvideo:GetMedia" in json.dumps(statement)
    )
    tagged = {**streams, "Condition": {"StringEquals": {"aws:ResourceTag/store-occupancy": "shop"}}}
    assert len(streams["Action"]) == 6
    assert list(problems(tagged)) == []
