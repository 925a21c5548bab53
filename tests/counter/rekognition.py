"""A Rekognition client whose responses are the contents of the frames.

A frame's bytes are the JSON of the DetectLabels response to it, or `{"error": code}`, alone or after
an image. Only the network is replaced: request and response pass through botocore's own serializer, parser
and retry rules.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

END_OF_IMAGE = b"\xff\xd9"
PERSON_AT = {"Width": 0.1, "Height": 0.4, "Left": 0.45, "Top": 0.3}


def people(*confidences: float, at: Mapping[str, float] = PERSON_AT) -> dict[str, Any]:
    """A response with a Person instance for each confidence; without confidences, the label is absent."""
    instances = [{"BoundingBox": dict(at), "Confidence": confidence} for confidence in confidences]
    return response([person_label(instances)] if instances else [])


def response(labels: list[dict[str, Any]]) -> dict[str, Any]:
    """A response in the form of the API reference."""
    return {"Labels": labels, "LabelModelVersion": "3.0"}


def person_label(instances: list[dict[str, Any]], confidence: float = 99.2) -> dict[str, Any]:
    """The label Person in the form of the API reference."""
    return {
        "Name": "Person",
        "Confidence": confidence,
        "Instances": instances,
        "Parents": [],
        "Aliases": [{"Name": "Human"}],
        "Categories": [{"Name": "Person Description"}],
    }


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Rekognition:
    """The service behind the client; `calls` are the keys that it was asked about.

    `read` returns an object of the bucket, or None.
    """

    def __init__(self, rekognition: "RekognitionClient", read: Callable[[str], bytes | None]) -> None:
        self.calls: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.before_answer: list[Any] = []
        self.client = rekognition
        self._read = read

    @contextmanager
    def behind(self) -> Iterator[None]:
        """Answer the client's calls."""
        # The stub of `register` knows no handler that answers.
        hook: Any = ("before-send.rekognition.DetectLabels", self._answer)
        self.client.meta.events.register(*hook)
        try:
            yield
        finally:
            self.client.meta.events.unregister(*hook)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        asked = json.loads(request.body)
        image = asked["Image"]["S3Object"]
        self.requests.append(asked)
        self.calls.append(image["Name"])
        for act in self.before_answer:
            act(image["Name"])
        return self._respond(request.url, self._content(image["Name"]))

    def _content(self, key: str) -> dict[str, Any]:
        body = self._read(key)
        if body is None:
            return {"error": "InvalidS3ObjectException"}
        content: dict[str, Any] = json.loads(body.rpartition(END_OF_IMAGE)[2])
        return content

    def _respond(self, url: str, content: dict[str, Any]) -> AWSResponse:
        code = content.get("error")
        body = {"__type": code, "Message": "no"} if code else content
        headers = HTTPHeaders.from_dict({"Content-Type": "application/x-amz-json-1.1"})
        return AWSResponse(url, 400 if code else 200, headers, _Raw(json.dumps(body).encode()))
