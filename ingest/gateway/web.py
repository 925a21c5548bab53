"""The gateway's own pages, on the loopback address: /healthz, /metrics and /status."""

from collections.abc import Callable, Sequence

from aiohttp import web

from ingest.errors import OccupancyError
from ingest.gateway.status import CameraStatus, prometheus, to_json

HOST = "127.0.0.1"


class PortTaken(OccupancyError):
    """Somebody else listens there."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(f"port {port} cannot be used ({error.strerror}): give another as `port`")


async def serve(statuses: Callable[[], Sequence[CameraStatus]], port: int) -> web.AppRunner:
    """Serve until the runner's `cleanup`. /healthz answers 503 while any camera fails. Raises PortTaken."""

    async def healthz(_: web.Request) -> web.Response:
        ill = [f"{one.camera}: {one.problem or one.state}" for one in statuses() if not one.is_healthy]
        return web.Response(text="\n".join(ill or ["ok"]) + "\n", status=503 if ill else 200)

    async def metrics(_: web.Request) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return web.Response(text=prometheus(statuses()), headers=headers)

    async def status(_: web.Request) -> web.Response:
        return web.json_response(to_json(statuses()))

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics), web.get("/status", status)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        await runner.cleanup()
        raise PortTaken(port, error) from error
    return runner
