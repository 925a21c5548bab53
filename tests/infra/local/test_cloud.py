"""The local cloud as any boto3 client sees it: only AWS_ENDPOINT_URL* and credentials are set."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing

import boto3
import numpy as np
import pytest
from botocore.exceptions import ClientError

from infra.local.aws.moto import MotoServer
from infra.local.cloud import STACK, LocalCloud
from infra.local.rekognition.detectors.detection import Detection, Image
from infra.local.wire.listening import PortInUse, listen


class Blind:
    """A detector that sees nobody."""

    name = "blind"

    def detect(self, image: Image) -> list[Detection]:
        assert image.dtype == np.uint8
        return []


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud(Blind()) as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def local_clients(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set them again: the fixture with every test's dummy credentials runs after the cloud's."""
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def test_the_stack_is_found_by_its_name(cloud: LocalCloud) -> None:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs == cloud.stack.outputs


def test_every_service_answers_on_this_machine(cloud: LocalCloud) -> None:
    services = ("s3", "sqs", "dynamodb", "cloudformation", "kinesisvideo", "rekognition")
    hosts = {boto3.client(service).meta.endpoint_url.rsplit(":", 1)[0] for service in services}  # type: ignore[call-overload]  # the overloads are for one literal each
    assert hosts == {"http://127.0.0.1"}
    assert boto3.client("kinesisvideo").list_streams()["StreamInfoList"] == []
    assert cloud.environment.items() <= dict(os.environ).items()


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("kinesisvideo", "describe_stream", {"StreamName": "nobody"}, "ResourceNotFoundException"),
        (
            "rekognition",
            "detect_labels",
            {"Image": {"S3Object": {"Bucket": "nobody", "Name": "a.jpg"}}},
            "InvalidS3ObjectException",
        ),
        ("s3", "head_bucket", {"Bucket": "nobody"}, "404"),
        ("sqs", "get_queue_url", {"QueueName": "nobody"}, "AWS.SimpleQueueService.NonExistentQueue"),
        ("dynamodb", "describe_table", {"TableName": "nobody"}, "ResourceNotFoundException"),
    ],
)
def test_what_is_not_there_gives_the_error_that_aws_gives(
    service: str, call: str, arguments: dict[str, object], code: str
) -> None:
    client = boto3.client(service)  # type: ignore[call-overload]  # as above
    with pytest.raises(ClientError) as error:
        getattr(client, call)(**arguments)
    assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize("service", ["kinesisvideo", "rekognition"])
def test_a_wrong_signature_is_refused(service: str) -> None:
    client = boto3.client(service, aws_secret_access_key="wrong", aws_access_key_id="local")  # type: ignore[call-overload]  # as above
    calls: dict[str, Callable[[], object]] = {
        "kinesisvideo": lambda: client.list_streams(MaxResults=1),
        "rekognition": lambda: client.detect_labels(Image={"Bytes": b"x"}),
    }
    with pytest.raises(ClientError) as error:
        calls[service]()
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403}


def test_a_port_in_use_is_named() -> None:
    with closing(listen(0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} of 127.0.0.1 cannot be used"):
            MotoServer({}, port=port)


def test_of_three_ports_the_one_in_use_is_named_and_what_to_choose() -> None:
    with closing(listen(0)) as listener:
        port = listener.getsockname()[1]
        sentence = (
            rf"^port {port} .*choose another with --port, the first of three .*{port} to {port + 2}; 0: any"
        )
        with pytest.raises(PortInUse, match=sentence), LocalCloud(Blind(), port=port):
            pass
