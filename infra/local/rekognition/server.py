"""A Rekognition-compatible DetectLabels on 127.0.0.1, for any client of the API (AWS's JSON 1.1 protocol)."""

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from typing import TYPE_CHECKING, Any

import boto3
from aiohttp import web

from infra.local.rekognition.detect_labels import read_request, response
from infra.local.rekognition.detectors.detection import Detector
from infra.local.rekognition.errors import (
    ImageTooLargeException,
    ProvisionedThroughputExceededException,
)
from infra.local.rekognition.image import MAX_BYTES, load
from infra.local.wire.errors import SerializationException, ServiceError, UnknownOperationException
from infra.local.wire.running import Running
from infra.local.wire.signature import SignedRequest, Verifier, read_authorization
from infra.local.wire.threaded_app import ThreadedApp

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TARGET = "RekognitionService.DetectLabels"
CONTENT_TYPE = "application/x-amz-json-1.1"
DETECTIONS_AT_ONCE = 2
CALLS_AT_ONCE = 8
"""Including waiting calls: on a busy machine, more would exceed their callers' time-outs."""


class RekognitionServer(Running):
    """Serves from a thread of its own between `start` and `stop`, or inside a `with`.

    `credentials` maps access key ids to secrets. As on AWS, images are read from S3 with the caller's own
    credentials. `port` 0 takes a free one; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        credentials: Mapping[str, str],
        s3_endpoint: str,
        region: str = "us-east-1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._detector = detector
        self._verifier = Verifier(dict(credentials), region, service="rekognition")
        self._s3 = {key: _s3(s3_endpoint, region, key, secret) for key, secret in credentials.items()}
        self._clock = clock
        self._pool: ThreadPoolExecutor | None = None
        self._calls = Semaphore(CALLS_AT_ONCE)
        self._threaded = ThreadedApp(self._app, port)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self._threaded.url

    def start(self) -> None:
        """Start to serve. Raises PortInUse."""
        self._pool = ThreadPoolExecutor(DETECTIONS_AT_ONCE, thread_name_prefix="detect-labels")
        self._threaded.start()

    def stop(self) -> None:
        """Return once every request is answered or its connection is closed; a second call does nothing."""
        self._threaded.stop()
        if self._pool is not None:
            self._pool.shutdown()

    def _app(self, _: str) -> web.Application:
        app = web.Application(client_max_size=2 * MAX_BYTES)  # base64 adds a third, the rest is parameters
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            return _json(200, await self._detect_labels(request))
        except ServiceError as error:
            # AWS's JSON protocol answers every error of the caller with 400, also wrong signatures.
            status = error.status if error.status >= 500 else 400
            return _json(status, {"__type": error.name, "Message": str(error)})

    async def _detect_labels(self, request: web.Request) -> dict[str, Any]:
        body = await _body(request)
        key = self._caller(request, body)
        target = request.headers.get("X-Amz-Target")
        if target != TARGET:
            raise UnknownOperationException(f"{target} is not served here: {TARGET} is.")
        asked = read_request(_values(body))

        def detect() -> dict[str, Any]:
            return response(
                asked, self._detector.detect(load(asked.image, self._s3[key])), self._detector.name
            )

        return await asyncio.wrap_future(self._begun(detect))

    def _begun(self, detect: Callable[[], dict[str, Any]]) -> Future[dict[str, Any]]:
        """Submit a call to the pool. Raises ProvisionedThroughputExceededException."""
        if self._pool is None or not self._calls.acquire(blocking=False):
            raise ProvisionedThroughputExceededException(
                f"{CALLS_AT_ONCE} calls are being answered: try again."
            )
        begun = self._pool.submit(detect)
        # A call counts until it is done, even if its caller has gone: until then it keeps the others waiting.
        begun.add_done_callback(lambda _: self._calls.release())
        return begun

    def _caller(self, request: web.Request, body: bytes) -> str:
        signed = SignedRequest(
            request.method,
            request.rel_url.raw_path,
            request.rel_url.raw_query_string,
            list(request.headers.items()),
            [hashlib.sha256(body).hexdigest()],
        )
        self._verifier.verify(signed, self._clock())
        return read_authorization(signed).access_key_id


def _s3(endpoint: str, region: str, key: str, secret: str) -> "S3Client":
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret
    )


async def _body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise ImageTooLargeException(
            f"Image.Bytes may have at most {MAX_BYTES} bytes; put it in S3."
        ) from error


def _values(body: bytes) -> dict[str, Any]:
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise SerializationException("The body of the request is not JSON.") from None
    if not isinstance(values, dict):
        raise SerializationException("The body of the request is not a JSON object.")
    return values


def _json(status: int, values: dict[str, Any]) -> web.Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return web.Response(
        status=status, body=json.dumps(values).encode(), content_type=CONTENT_TYPE, headers=headers
    )
