"""A fault: what goes wrong, in which API and stream, where, and how often."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum

from infra.local.kvs.service.error_ids import DOCUMENT_ERRORS, IngestError
from ingest.errors import OccupancyError

ACKS = ("BUFFERING", "RECEIVED", "PERSISTED")
"""What `withhold` suppresses by default."""


class InvalidFault(OccupancyError, ValueError):
    """The settings of a fault contradict each other or its kind."""


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"
    """An HTTP error instead of the response."""
    DROP = "drop"
    """The connection is dropped."""
    STALL = "stall"
    """Nothing moves for some seconds, then everything continues."""
    HALF_OPEN = "half-open"
    """Nothing more is sent, and the peer does not see the connection end."""
    ERROR_ACK = "error-ack"
    """PutMedia: ERROR instead of RECEIVED (5001: instead of PERSISTED)."""
    WITHHOLD = "withhold"
    """PutMedia: an acknowledgement is not sent, although the fragment is stored."""
    NO_MEDIA = "no-media"
    """GetImages: an image is NO_MEDIA."""
    MEDIA_ERROR = "media-error"
    """GetImages: an image is MEDIA_ERROR."""
    ERROR_DOCUMENT = "error-document"
    """GetMedia, GetMediaForFragmentList: an in-band error instead of a fragment, then the end."""


@dataclass(frozen=True)
class FaultSettings:
    """What a kind accepts: its APIs (None: any), its required and its optional settings."""

    apis: tuple[str, ...] | None
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


PLACES = frozenset({"fragment", "body_bytes", "answer_bytes"})
SETTINGS = {
    FaultKind.ERROR: FaultSettings(None, frozenset({"error"}), frozenset({"status"})),
    FaultKind.DROP: FaultSettings(None, optional=PLACES),
    FaultKind.STALL: FaultSettings(None, frozenset({"seconds"}), PLACES),
    FaultKind.HALF_OPEN: FaultSettings(None, optional=PLACES | {"reads"}),
    FaultKind.ERROR_ACK: FaultSettings(("PutMedia",), frozenset({"error_id"}), frozenset({"fragment"})),
    FaultKind.WITHHOLD: FaultSettings(("PutMedia",), optional=frozenset({"acks", "fragment"})),
    FaultKind.NO_MEDIA: FaultSettings(("GetImages",), optional=frozenset({"start_ms", "end_ms"})),
    FaultKind.MEDIA_ERROR: FaultSettings(("GetImages",), optional=frozenset({"start_ms", "end_ms"})),
    FaultKind.ERROR_DOCUMENT: FaultSettings(
        ("GetMedia", "GetMediaForFragmentList"), frozenset({"error_id"}), frozenset({"fragment"})
    ),
}
COMMON = ("api", "stream", "after", "times")
STATUS = {
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignatureException": 403,
    "InternalFailure": 500,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "NotAuthorizedException": 401,
    "ResourceNotFoundException": 404,
    "ServiceUnavailable": 503,
    "UnrecognizedClientException": 403,
}
"""The default HTTP status of an `error`; 400 for any other name."""
RANGES = {
    "after": (0, None),
    "times": (1, None),
    "status": (400, 599),
    "fragment": (1, None),
    "body_bytes": (1, None),
    "answer_bytes": (0, None),
    "seconds": (0, 86_400),
}


@dataclass(frozen=True)
class Fault:
    """The first `after` occasions pass; the fault strikes the next `times` (None: all). Raises InvalidFault.

    An occasion is a request. With `fragment` or `body_bytes` it is a PutMedia body that reaches that place,
    with `answer_bytes` a response that reaches it; for other kinds each acknowledgement, image or document.
    """

    kind: FaultKind
    api: str | None = None
    """The name of an API, or several separated by commas; None: every API that the kind can strike."""
    stream: str | None = None
    """The name of a stream; None: any."""
    after: int = 0
    times: int | None = 1
    error: str | None = None
    """AWS's name for the HTTP error."""
    status: int | None = None
    """The status of the HTTP error; by default AWS's for its name."""
    error_id: int | None = None
    fragment: int | None = None
    """The number of the fragment in its connection or response, from 1; None: any."""
    body_bytes: int | None = None
    """How many bytes of a PutMedia body are read first."""
    answer_bytes: int | None = None
    """How many bytes of the response, including its head, are sent first."""
    seconds: float | None = None
    reads: bool = True
    """Whether a half-open connection still reads what the peer sends."""
    acks: tuple[str, ...] = ACKS
    start_ms: int | None = None
    """The first producer time without an image, in epoch ms; None: from the beginning."""
    end_ms: int | None = None
    """The last such producer time; None: to the end."""

    def __post_init__(self) -> None:
        settings = SETTINGS[self.kind]
        given = {field.name for field in fields(self) if getattr(self, field.name) != field.default} - {
            "kind"
        }
        allowed = settings.required | settings.optional | set(COMMON)
        for name in sorted(given - allowed):
            raise InvalidFault(f"a fault {self.kind} does not accept {name}: it accepts {_names(allowed)}")
        for name in sorted(settings.required - given):
            raise InvalidFault(f"a fault {self.kind} needs {name}")
        if len(given & PLACES) > 1:
            raise InvalidFault(
                f"a fault {self.kind} strikes in a single place: give only one of {_names(PLACES)}"
            )
        self._check_values()
        self.check_apis(self.possible_apis)

    @property
    def apis(self) -> tuple[str, ...] | None:
        """The APIs that it strikes; None: any."""
        return tuple(self.api.split(",")) if self.api is not None else self.possible_apis

    @property
    def possible_apis(self) -> tuple[str, ...] | None:
        """The APIs that its kind and place allow; None: any."""
        apis = SETTINGS[self.kind].apis
        in_body = self.body_bytes is not None or self.fragment is not None
        return ("PutMedia",) if in_body and apis is None else apis

    @property
    def http_status(self) -> int:
        """The HTTP status of an `error`."""
        return self.status or STATUS.get(self.error or "", 400)

    @property
    def strikes_request(self) -> bool:
        """Whether it strikes a request before the API handles it."""
        connection = self.kind in {FaultKind.ERROR, FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN}
        return connection and self.fragment is self.body_bytes is self.answer_bytes is None

    def aims_at(self, api: str, stream: str | None) -> bool:
        """Whether it can strike a call of `api` on `stream`."""
        return (self.apis is None or api in self.apis) and self.stream in (None, stream)

    def check_apis(self, possible: Collection[str] | None) -> None:
        """Raises InvalidFault if it names an API outside `possible` (None: any)."""
        for api in self.api.split(",") if self.api is not None else ():
            if possible is not None and api not in possible:
                raise InvalidFault(f"a fault {self.kind} cannot strike {api!r}: give {_names(possible)}")

    def _check_values(self) -> None:
        for name, (lowest, highest) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (lowest <= value and (highest is None or value <= highest)):
                allowed = f"from {lowest} to {highest}" if highest is not None else f"at least {lowest}"
                raise InvalidFault(f"{name} of a fault is {value}: it must be {allowed}")
        if self.kind is FaultKind.ERROR_ACK:
            _check_among("error_id", self.error_id, list(IngestError))
        elif self.kind is FaultKind.ERROR_DOCUMENT:
            _check_among("error_id", self.error_id, DOCUMENT_ERRORS)
        for ack in self.acks:
            _check_among("acks", ack, (*ACKS, "ERROR", "IDLE"))
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise InvalidFault(
                f"end_ms of a fault is {self.end_ms}: it must not be before start_ms {self.start_ms}"
            )


def _check_among(name: str, value: object, known: Collection[object]) -> None:
    if value not in known:
        raise InvalidFault(f"{name} of a fault is {value}: it must be one of {', '.join(map(str, known))}")


def _names(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
