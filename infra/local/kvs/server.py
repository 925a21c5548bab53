"""The local Kinesis Video Streams: control plane and data plane at one address of this machine."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping

from aiohttp import web

from infra.local.kvs.faults import endpoint
from infra.local.kvs.faults.strikes import InjectedError, answer_under_faults
from infra.local.kvs.routes import OPERATIONS, Handler, operation_name, routes
from infra.local.kvs.service.fault_registry import FaultRegistry
from infra.local.kvs.service.fragments import FragmentNumbers, FragmentStore
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import AccountStreams
from infra.local.wire.errors import ServiceError, UnknownOperationException
from infra.local.wire.running import Running
from infra.local.wire.signature import Verifier
from infra.local.wire.threaded_app import ThreadedApp

EXPIRE_SECONDS = 1.0
"""How often expired fragments are deleted."""


class KvsServer(Running):
    """Serves from its own thread between `start` and `stop`, or inside a `with`.

    `credentials` maps access key ids to secrets; `port` 0 chooses a free port; `clock` gives epoch seconds.
    """

    def __init__(
        self,
        credentials: Mapping[str, str],
        *,
        region: str = "us-east-1",
        account: str = "123456789012",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        limits: Limits | None = None,
    ) -> None:
        limits = limits or Limits()
        self._service = Service(
            AccountStreams(account, region, limits.streams, limits.settling_seconds),
            FragmentStore(limits),
            FragmentNumbers(int(clock() * 1000)),
            Verifier(dict(credentials), region, clock_skew=limits.clock_skew_seconds),
            limits,
            clock,
            FaultRegistry(OPERATIONS),
        )
        self._routes: Mapping[str, Handler] = {}
        self._threaded = ThreadedApp(self._app, port)

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, the endpoint of every API."""
        return self._threaded.url

    @property
    def faults(self) -> FaultRegistry:
        """The injected faults; for any thread, also before the start."""
        return self._service.faults

    def start(self) -> None:
        """Start serving. Raises PortInUse."""
        self._threaded.start()

    def stop(self) -> None:
        """End every connection and delete every fragment; a second call does nothing."""
        try:
            self._threaded.stop()
        finally:  # also if Ctrl-C interrupts the stop: no video stays on the disk
            self._service.fragments.close()

    def _app(self, url: str) -> web.Application:
        self._routes = routes(url)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._dispatch)
        app.on_response_prepare.append(_add_request_id)
        app.cleanup_ctx.append(self._expiring)
        return app

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        self._service.settle()
        path = request.rel_url.raw_path
        if path == endpoint.PATH:
            return await endpoint.answer(self.faults, request)
        api = operation_name(path)
        try:
            if self.faults.any_aimed(api):
                return await answer_under_faults(self.faults, api, request, self._answer)
            return await self._answer(request)
        except InjectedError as error:
            return error_response(error)
        except ConnectionError:
            return web.Response(status=408)  # nobody is left to read it

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        try:
            if path not in self._routes or request.method != "POST":
                raise UnknownOperationException(
                    f"{request.method} {path} is not an API of this service: docs/kvs-local.md lists them."
                )
            return await self._routes[path](self._service, request)
        except ServiceError as error:
            return error_response(error)

    async def _expiring(self, _: web.Application) -> AsyncIterator[None]:
        async def expire_forever() -> None:
            while True:
                await asyncio.sleep(EXPIRE_SECONDS)
                self._service.expire()

        task = asyncio.create_task(expire_forever())
        yield
        task.cancel()


def error_response(error: ServiceError) -> web.Response:
    """The error response of AWS: botocore reads the first header, the documentation has the second."""
    key = (
        "message" if error.status == 403 else "Message"
    )  # the answer of AWS's authentication, before any service
    headers = {"x-amzn-ErrorType": error.name, "x-amz-ErrorType": error.name}
    return web.json_response({key: str(error)}, status=error.status, headers=headers)


async def _add_request_id(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
