"""S3, DynamoDB, SQS and Rekognition in this process, each call taking a stated time; botocore does the rest.

Tables keep what is put; conditions always hold, which is the ordinary case.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from ingest.frames.inspection import Inspection

Answer = tuple[str, bytes]
"""Content type and body."""

PERSON = {
    "Name": "Person",
    "Confidence": 99.2,
    "Instances": [
        {"BoundingBox": {"Width": 0.1, "Height": 0.4, "Left": 0.1 * n, "Top": 0.3}, "Confidence": 97.5}
        for n in range(5)
    ],
    "Parents": [],
}


class _Raw(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class Stubs:
    """`latency`: seconds of each call, by service. `calls` counts them by operation."""

    def __init__(self, latency: Mapping[str, float]) -> None:
        self.calls: Counter[str] = Counter()
        self.tables: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self._latency = latency
        self.session = boto3.Session("stub", "stub", region_name="us-east-1")
        hook: Any = self._send  # the stub of `register` knows no handler that answers
        self.session.events.register("before-send", hook)

    def client(self, service: str) -> Any:
        """A client whose calls end here."""
        return self.session.client(service, config=Config(max_pool_connections=50))  # type: ignore[call-overload] # any service

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        self.calls[operation] += 1
        time.sleep(self._latency.get(service, 0.0))
        kind, body = self._answers[operation](self, request)
        headers: Any = HTTPHeaders.from_dict({"Content-Type": kind, **self._described(operation)})
        return AWSResponse(request.url, 200, headers, _Raw(body))

    def _described(self, operation: str) -> Mapping[str, str]:
        """What S3 says of a frame: its sender inspected it, and no two are the same."""
        if operation != "HeadObject":
            return {}
        digest = f"{self.calls[operation]:016x}"
        metadata = Inspection(digest).to_metadata()
        return {"Content-Length": "100000", **{f"x-amz-meta-{name}": metadata[name] for name in metadata}}

    def _put_item(self, request: Any) -> Answer:
        asked = json.loads(request.body)
        item = asked["Item"]
        self.tables[asked["TableName"]].setdefault(_partition(item), {})[_sort(item)] = item
        return _json({})

    def _batch_get_item(self, request: Any) -> Answer:
        [(name, wanted)] = json.loads(request.body)["RequestItems"].items()
        found = (self.tables[name].get(_partition(key), {}).get(_sort(key)) for key in wanted["Keys"])
        return _json({"Responses": {name: [item for item in found if item]}, "UnprocessedKeys": {}})

    def _query(self, request: Any) -> Answer:
        asked = json.loads(request.body)
        values = asked["ExpressionAttributeValues"]
        if ":start" not in values:  # stores, marks and first roll-ups: there are none
            return _json({"Items": []})
        first, last = values[":start"]["S"], values[":last"]["S"]
        items = self.tables[asked["TableName"]].get(values[":camera"]["S"], {}).items()
        return _json({"Items": [item for sort, item in items if first <= sort <= last]})

    def _scan(self, request: Any) -> Answer:
        asked = json.loads(request.body)
        items: list[Any] = [
            item for part in self.tables[asked["TableName"]].values() for item in part.values()
        ]
        first = int(asked.get("ExclusiveStartKey", {"CameraId": {"S": "0"}})["CameraId"]["S"])
        page: dict[str, Any] = {"Items": items[first : first + 1000]}  # about a megabyte, as DynamoDB
        if first + 1000 < len(items):
            page["LastEvaluatedKey"] = {"CameraId": {"S": str(first + 1000)}}
        return _json(page)

    _answers: Mapping[str, Callable[["Stubs", Any], Answer]] = {
        "PutItem": _put_item,
        "BatchGetItem": _batch_get_item,
        "Query": _query,
        "Scan": _scan,
        "UpdateItem": lambda *_: _json({}),
        "DetectLabels": lambda *_: _json({"Labels": [PERSON], "LabelModelVersion": "3.0"}),
        "HeadObject": lambda *_: ("image/jpeg", b""),
        "DeleteObjects": lambda *_: ("application/xml", b"<DeleteResult/>"),
        "DeleteObject": lambda *_: ("application/xml", b""),
        "ListObjectsV2": lambda *_: ("application/xml", b"<ListBucketResult/>"),
    }


def _json(content: Mapping[str, Any]) -> Answer:
    return "application/x-amz-json-1.0", json.dumps(content).encode()


def _partition(item: Mapping[str, Any]) -> str:
    return str(item["CameraId" if "CameraId" in item else "StoreId"]["S"])


def _sort(item: Mapping[str, Any]) -> str:
    return next((str(item[name]["S"]) for name in ("TimeStamp", "QuarterStart", "Entry") if name in item), "")
