"""boto3 unchanged against the local DetectLabels; S3 is moto's server."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from typing import TYPE_CHECKING, Any

import boto3
import cv2
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from infra.local.rekognition.detectors.detection import Detection, Image
from infra.local.rekognition.server import CALLS_AT_ONCE, RekognitionServer
from infra.local.wire.listening import PortInUse

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient
    from mypy_boto3_rekognition.type_defs import ImageTypeDef
    from mypy_boto3_s3 import S3Client

CREDENTIALS = {"AKIDLOCAL": "secret"}
SURE = Detection(99.0, 0.1, 0.2, 0.3, 0.4)
UNSURE = Detection(82.5, 0.5, 0.2, 0.1, 0.4)
FAR = Detection(60.0, 0.5, 0.2, 0.02, 0.05)


class Seen:
    """A detector that sees two people by day, and one of them badly at dusk."""

    name = "seen"

    def detect(self, image: Image) -> list[Detection]:
        """Two people in a bright image, none in a dark one."""
        brightness = image.mean()
        return [SURE, UNSURE] if brightness > 150 else [FAR] if brightness > 50 else []


def jpeg(level: int, width: int = 160, height: int = 120) -> bytes:
    """A plain picture."""
    return cv2.imencode(".jpg", np.full((height, width, 3), level, np.uint8))[1].tobytes()


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture(scope="module")
def server(s3_endpoint: str) -> Iterator[RekognitionServer]:
    with RekognitionServer(Seen(), credentials=CREDENTIALS, s3_endpoint=s3_endpoint) as running:
        yield running


@pytest.fixture
def rekognition(server: RekognitionServer) -> "RekognitionClient":
    return client(server.url)


def client(
    url: str,
    key: str = "AKIDLOCAL",
    secret: str = CREDENTIALS["AKIDLOCAL"],
    config: Config | None = None,
) -> "RekognitionClient":
    return boto3.client(
        "rekognition",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )


@pytest.fixture
def s3(s3_endpoint: str) -> "S3Client":
    s3 = boto3.client("s3", endpoint_url=s3_endpoint)
    s3.create_bucket(Bucket="frames")
    return s3


def test_answers_in_the_shape_of_aws(rekognition: "RekognitionClient", s3: "S3Client") -> None:
    s3.put_object(Bucket="frames", Key="frame/a b+c.jpg", Body=jpeg(200))
    answer = rekognition.detect_labels(
        Image={"S3Object": {"Bucket": "frames", "Name": "frame/a b+c.jpg"}},
        MinConfidence=80,
        Features=["GENERAL_LABELS"],
        Settings={"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
    )
    assert answer["LabelModelVersion"] == "seen"
    assert answer["Labels"] == [
        {
            "Name": "Person",
            "Confidence": 99.0,
            "Instances": [
                {"BoundingBox": {"Left": 0.1, "Top": 0.2, "Width": 0.3, "Height": 0.4}, "Confidence": 99.0},
                {"BoundingBox": {"Left": 0.5, "Top": 0.2, "Width": 0.1, "Height": 0.4}, "Confidence": 82.5},
            ],
            "Parents": [],
            "Aliases": [{"Name": "Human"}],
            "Categories": [{"Name": "Person Description"}],
        }
    ]


@pytest.mark.parametrize(
    ("level", "parameters", "instances"),
    [
        (200, {}, 2),
        (0, {}, 0),
        (200, {"MinConfidence": 99.0}, 2),  # filters labels, not instances
        (200, {"MinConfidence": 99.5}, 0),
        (100, {}, 1),
        (100, {"MinConfidence": 50.0}, 1),
        (100, {"MinConfidence": 60.0}, 1),
        (100, {"MinConfidence": 60.5}, 0),  # a lone person far away: the whole label is gone
        (200, {"MaxLabels": 0}, 0),
        (200, {"MaxLabels": 1}, 2),
        (200, {"Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Dog"]}}}, 0),
        (200, {"Settings": {"GeneralLabels": {"LabelExclusionFilters": ["Person"]}}}, 0),
        (200, {"Settings": {"GeneralLabels": {"LabelCategoryInclusionFilters": ["Person Description"]}}}, 2),
        (200, {"Settings": {"GeneralLabels": {"LabelCategoryExclusionFilters": ["Person Description"]}}}, 0),
    ],
)
def test_filters(
    rekognition: "RekognitionClient", level: int, parameters: dict[str, Any], instances: int
) -> None:
    labels = rekognition.detect_labels(Image={"Bytes": jpeg(level)}, **parameters)["Labels"]
    assert sum(len(label["Instances"]) for label in labels) == instances


def png(level: int) -> bytes:
    return cv2.imencode(".png", np.full((80, 80, 3), level, np.uint8))[1].tobytes()


def test_reads_png_of_the_smallest_size(rekognition: "RekognitionClient") -> None:
    assert rekognition.detect_labels(Image={"Bytes": png(255)})["Labels"]


MANY = {"LabelInclusionFilters": ["Dog"] * 101}

OBJECTS = {
    "empty.jpg": b"",
    "text.jpg": b"no picture",
    "head.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "huge.jpg": b"\xff\xd8\xff" + b"\0" * (15 * 1024 * 1024),
    "narrow.jpg": jpeg(9, width=79),
    "low.jpg": jpeg(9, height=79),
    "wide.jpg": jpeg(9, width=10_001),
    "high.jpg": jpeg(9, height=10_001),
}


@pytest.mark.parametrize(
    ("image", "parameters", "error"),
    [
        ("missing.jpg", {}, "InvalidS3ObjectException"),
        ("empty.jpg", {}, "InvalidImageFormatException"),
        ("text.jpg", {}, "InvalidImageFormatException"),
        ("head.jpg", {}, "InvalidImageFormatException"),
        ("huge.jpg", {}, "ImageTooLargeException"),
        ("narrow.jpg", {}, "InvalidParameterException"),
        ("low.jpg", {}, "InvalidParameterException"),
        ("wide.jpg", {}, "InvalidParameterException"),
        ("high.jpg", {}, "InvalidParameterException"),
        (b"\xff\xd8\xff" + b"\0" * (5 * 1024 * 1024), {}, "ImageTooLargeException"),
        (b"\xff\xd8\xff" + b"\0" * (12 * 1024 * 1024), {}, "ImageTooLargeException"),
        (b"GIF89a", {}, "InvalidImageFormatException"),
        (jpeg(9), {"MinConfidence": 100.5}, "InvalidParameterException"),
        (jpeg(9), {"Features": ["IMAGE_PROPERTIES"]}, "InvalidParameterException"),
        (jpeg(9), {"Settings": {"GeneralLabels": MANY}}, "InvalidParameterException"),
    ],
)  # fmt: skip
def test_mistakes_have_the_names_of_aws(
    rekognition: "RekognitionClient", s3: "S3Client", image: Any, parameters: dict[str, Any], error: str
) -> None:
    if image in OBJECTS:
        s3.put_object(Bucket="frames", Key=image, Body=OBJECTS[image])
    where: Any = (
        {"Bytes": image} if isinstance(image, bytes) else {"S3Object": {"Bucket": "frames", "Name": image}}
    )
    with pytest.raises(getattr(rekognition.exceptions, error)):
        rekognition.detect_labels(Image=where, **parameters)


def test_a_missing_bucket(rekognition: "RekognitionClient") -> None:
    with pytest.raises(rekognition.exceptions.InvalidS3ObjectException):
        rekognition.detect_labels(Image={"S3Object": {"Bucket": "nobodys", "Name": "a.jpg"}})


@pytest.mark.parametrize(
    ("key", "secret", "code"),
    [
        ("AKIDLOCAL", "guessed", "InvalidSignatureException"),
        ("AKIDOTHER", "secret", "UnrecognizedClientException"),
    ],
)
def test_wrong_credentials(server: RekognitionServer, key: str, secret: str, code: str) -> None:
    with pytest.raises(ClientError) as raised:
        client(server.url, key, secret).detect_labels(Image={"Bytes": jpeg(9)})
    assert raised.value.response["Error"]["Code"] == code


def test_an_operation_that_is_not_served(rekognition: "RekognitionClient") -> None:
    with pytest.raises(ClientError, match=r"DetectFaces is not served here") as raised:
        rekognition.detect_faces(Image={"Bytes": jpeg(9)})
    assert raised.value.response["Error"]["Code"] == "UnknownOperationException"


def test_a_silent_s3_is_no_fault_of_the_caller() -> None:
    silent = RekognitionServer(Seen(), credentials=CREDENTIALS, s3_endpoint="http://127.0.0.1:1")
    with silent, pytest.raises(ClientError) as raised:
        client(silent.url).detect_labels(Image={"S3Object": {"Bucket": "frames", "Name": "a.jpg"}})
    assert raised.value.response["Error"]["Code"] == "InternalServerError"


class Waiting:
    """A detector that blocks until it is released."""

    name = "waiting"

    def __init__(self) -> None:
        self.may = Event()

    def detect(self, image: Image) -> list[Detection]:
        assert self.may.wait(20)
        return []


def test_more_calls_than_can_be_answered_soon_are_to_come_again() -> None:
    detector = Waiting()
    with (
        RekognitionServer(detector, credentials=CREDENTIALS, s3_endpoint="http://127.0.0.1:1") as busy,
        ThreadPoolExecutor(CALLS_AT_ONCE + 1) as pool,
    ):
        once = Config(retries={"total_max_attempts": 1}, max_pool_connections=CALLS_AT_ONCE + 1)
        rekognition = client(busy.url, config=once)
        image: ImageTypeDef = {"Bytes": jpeg(9)}
        calls = [pool.submit(rekognition.detect_labels, Image=image) for _ in range(CALLS_AT_ONCE + 1)]
        refused = next(as_completed(calls))
        error = refused.exception()
        detector.may.set()
        answers = [call.result() for call in calls if call is not refused]
        again = rekognition.detect_labels(Image=image)

    assert isinstance(error, rekognition.exceptions.ProvisionedThroughputExceededException)
    assert [answer["Labels"] for answer in (*answers, again)] == [[]] * (CALLS_AT_ONCE + 1)


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = RekognitionServer(
            Seen(), credentials=CREDENTIALS, s3_endpoint="http://127.0.0.1:1", port=port
        )
        with pytest.raises(PortInUse, match=str(port)):
            server.start()
        server.stop()
