"""The environment of the process, changed and restored."""

import os

import boto3
import pytest

from infra.local.environment import environment


def test_it_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://before")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    values = {"AWS_ENDPOINT_URL": "http://in", "AWS_ENDPOINT_URL_S3": "http://s3"}
    with environment(values, without=("AWS_PROFILE",)):
        assert os.environ["AWS_ENDPOINT_URL"] == "http://in"
        assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_ENDPOINT_URL"] == "http://before"
    assert os.environ["AWS_PROFILE"] == "mine"
    assert "AWS_ENDPOINT_URL_S3" not in os.environ


def test_boto3_looks_again_for_what_the_environment_says() -> None:
    boto3.client("sqs")
    with environment({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}):
        inside = boto3.client("sqs").meta.endpoint_url
    assert inside == "http://127.0.0.1:1"
    assert boto3.client("sqs").meta.endpoint_url.endswith("amazonaws.com")
    with environment({"AWS_DEFAULT_REGION": "eu-central-1"}):
        assert boto3.client("sqs").meta.region_name == "eu-central-1"
    assert boto3.client("sqs").meta.region_name == "us-east-1"
