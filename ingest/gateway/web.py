"""The gateway's pages, on the loopback address: /healthz, /metrics and /status."""

from collections.abc import Callable, Sequence

from aiohttp import web

from ingest.errors import OccupancyError
from ingest.gateway.status import CameraStatus, prometheus, to_json

HOST = "127.0.0.1"


class PortTaken(OccupancyError):
    """Another process uses the port."""

    def __init__(self, port: int, error: OSError) -> None:
        super().__init__(f"port {port} cannot be used ({error.strerror}): set another `port` in gateway.yaml")


async def serve(statuses: Callable[[], Sequence[CameraStatus]], port: int) -> web.AppRunner:
    """Serve until the runner's `cleanup`. /healthz is 503 while a camera has a problem. Raises PortTaken."""

    async def healthz(_: web.Request) -> web.Response:
        unhealthy = [camera for camera in statuses() if not camera.is_healthy]
        lines = [f"{camera.camera}: {camera.problem or camera.state}" for camera in unhealthy]
        return web.Response(text="\n".join(lines or ["ok"]) + "\n", status=503 if lines else 200)

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
