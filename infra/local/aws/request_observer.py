"""Shows observers (the audit, the demo) each deletion and each put, and the status of the response."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OBSERVED_TARGETS = frozenset({"PutItem"})


@dataclass(frozen=True)
class ObservedRequest:
    """A request: `target` is the operation in the JSON protocols, such as PutItem; `path` is decoded."""

    method: str
    path: str
    query: frozenset[str]
    target: str
    body: bytes


class RequestObserver(Protocol):
    """Sees a request before it is served, and afterwards with its HTTP status."""

    def before(self, request: ObservedRequest) -> None:
        """The request is about to be served."""

    def after(self, request: ObservedRequest, status: int) -> None:
        """The request has been served."""


@dataclass
class ObserverMiddleware:
    """A WSGI middleware before `app`."""

    app: "WSGIApplication"
    observers: list[RequestObserver] = field(default_factory=list)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Serve a request; show it to the observers before and after."""
        request = _observed(environ) if self.observers else None
        if request is None:
            return self.app(environ, start_response)
        for observer in self.observers:
            observer.before(request)
        statuses: list[str] = []
        answer = self.app(environ, _recording(start_response, statuses))
        for observer in self.observers:
            observer.after(request, int(statuses[0].split()[0]))
        return answer


def _recording(start_response: "StartResponse", statuses: list[str]) -> "StartResponse":
    def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
        statuses.append(status)
        return start_response(status, headers, *error)

    return start


def _observed(environ: "WSGIEnvironment") -> ObservedRequest | None:
    """The request if it deletes objects or puts an item; None for others, which are not read."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    # Without a value, as in POST /bucket?delete.
    query = frozenset(parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    method = environ["REQUEST_METHOD"]
    deletes = method == "DELETE" or (method == "POST" and "delete" in query)
    if not deletes and target not in OBSERVED_TARGETS:
        return None
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return ObservedRequest(method, path, query, target, body)
