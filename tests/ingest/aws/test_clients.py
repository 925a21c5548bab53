"""One policy for all clients: who makes one says how it calls, and how long that may take."""

import ast
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

import ingest
from ingest.aws.clients import ATTEMPTS, WORST_SECONDS, client_config, operator_config

ROOT = Path(ingest.__path__[0]).parent
FILES = sorted(
    path for folder in ("ingest", "counter", "infra/cli") for path in (ROOT / folder).rglob("*.py")
)


class _Tagged(yaml.SafeLoader):
    """CloudFormation's tags are of no interest here."""


_Tagged.add_multi_constructor("!", lambda *_: None)


def unconfigured(source: str) -> list[int]:
    """The lines of `....client("service")` without `config=`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "client"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and "config" not in {keyword.arg for keyword in call.keywords}
    ]


def test_a_client_without_a_policy_is_found() -> None:
    assert unconfigured('boto3.client("s3")\nboto3.client("s3", config=config)') == [1]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_client_is_given_a_policy(path: Path) -> None:
    assert unconfigured(path.read_text()) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_policy_stands_in_one_place(path: Path) -> None:
    makes_its_own = "botocore.config.Config(" in path.read_text() or " Config(" in path.read_text()
    assert not makes_its_own or path == ROOT / "ingest" / "aws" / "clients.py"


def test_a_call_that_nobody_answers_ends_within_the_shortest_function() -> None:
    template = yaml.load((ROOT / "template.yaml").read_text(), _Tagged)  # noqa: S506 - a safe loader with tags
    timeouts = [
        resource["Properties"]["Timeout"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert len(timeouts) == 4
    assert min(timeouts) > WORST_SECONDS


def test_what_a_client_is_given() -> None:
    given: Any = boto3.client("s3", config=client_config(7)).meta.config
    assert (given.connect_timeout, given.read_timeout, given.max_pool_connections) == (3, 10, 7)
    assert given.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    paid: Any = boto3.client("s3", config=client_config(attempts=1, mode="adaptive")).meta.config
    assert paid.retries == {"mode": "adaptive", "total_max_attempts": 1}


def test_an_operator_sets_the_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    given: Any = boto3.client("s3", config=operator_config()).meta.config
    assert (given.read_timeout, given.retries["total_max_attempts"]) == (10, 9)
