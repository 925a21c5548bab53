"""moto's server on 127.0.0.1: S3, SQS, DynamoDB, IAM, CloudFormation ... behind our middlewares.

moto keeps its state in the process, so only one server can run at a time. Each starts empty.
"""

from collections.abc import Mapping
from http.client import HTTPConnection
from threading import Thread
from types import TracebackType
from typing import Self

from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from infra.local.aws.account_settings import AccountSettings
from infra.local.aws.auth_middleware import AuthMiddleware
from infra.local.aws.message_moves import MessageMoves
from infra.local.aws.organization import Organization
from infra.local.aws.policy_simulator import PolicySimulator
from infra.local.aws.request_observer import ObserverMiddleware, RequestObserver
from infra.local.aws.service_quotas import ServiceQuotas
from infra.local.wire.listening import listen

POLL_INTERVAL = 0.02  # s between two checks for a shutdown


def _issued() -> dict[str, str]:
    """The active keys that moto's IAM and STS have issued."""
    backends = [backend for account in list(iam_backends.values()) for backend in list(account.values())]
    keys = [key for backend in backends for key in list(backend.access_keys.values())]
    return {key.access_key_id: key.secret_access_key for key in keys if key.status == "Active"}


class _QuietRequestHandler(MotoRequestHandler):
    """Does not log each request on the terminal."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        pass


class MotoServer:
    """Serves inside a `with` whoever signs with `credentials` (access key id -> secret). `port` 0 is any."""

    def __init__(self, credentials: Mapping[str, str], *, port: int = 0) -> None:
        self.observers: list[RequestObserver] = []
        services = AccountSettings(DomainDispatcherApplication(create_backend_app))
        moto = MessageMoves(PolicySimulator(ServiceQuotas(Organization(services))))
        observed = ObserverMiddleware(moto, self.observers)
        listener = listen(port)
        with listener:
            # Pass the descriptor: werkzeug itself would end the process if the port is in use.
            self._server = make_server(
                "127.0.0.1",
                port,
                AuthMiddleware(observed, lambda: {**credentials, **_issued()}),
                threaded=True,
                request_handler=_QuietRequestHandler,
                fd=listener.fileno(),
            )
        self._port: int = self._server.socket.getsockname()[1]
        self._thread = Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": POLL_INTERVAL},
            name="moto",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._reset()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reset()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _reset(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port)
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
        connection.close()
