"""One fault: what goes wrong, in which API and stream, where, and how often."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum

from infra.local.kvs.service.error_ids import DOCUMENT_ERRORS, IngestError
from ingest.errors import OccupancyError

ACKS = ("BUFFERING", "RECEIVED", "PERSISTED")
"""What `withhold` keeps back unless it is told."""


class InvalidFault(OccupancyError, ValueError):
    """A fault that cannot strike as it is written."""


class FaultKind(StrEnum):
    """What goes wrong."""

    ERROR = "error"
    """An HTTP error instead of the answer."""
    DROP = "drop"
    """The connection is dropped."""
    STALL = "stall"
    """Nothing happens for some seconds, then all goes on."""
    HALF_OPEN = "half-open"
    """Nothing comes any more, and the peer sees no end of the connection."""
    ERROR_ACK = "error-ack"
    """PutMedia: ERROR in the place of RECEIVED (5001: of PERSISTED)."""
    WITHHOLD = "withhold"
    """PutMedia: an acknowledgement is not sent, though the fragment is stored."""
    NO_MEDIA = "no-media"
    """GetImages: an image is NO_MEDIA."""
    MEDIA_ERROR = "media-error"
    """GetImages: an image is MEDIA_ERROR."""
    ERROR_DOCUMENT = "error-document"
    """GetMedia, GetMediaForFragmentList: an error in band in the place of a fragment, and the end."""


@dataclass(frozen=True)
class FaultSettings:
    """What a kind takes: of which APIs (None: any), what it needs and what it may have."""

    apis: tuple[str, ...] | None
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


PLACES = frozenset({"fragment", "body_bytes", "answer_bytes"})
SETTINGS = {
    FaultKind.ERROR: FaultSettings(None, frozenset({"error"}), frozenset({"status"})),
    FaultKind.DROP: FaultSettings(None, takes=PLACES),
    FaultKind.STALL: FaultSettings(None, frozenset({"seconds"}), PLACES),
    FaultKind.HALF_OPEN: FaultSettings(None, takes=PLACES | {"reads"}),
    FaultKind.ERROR_ACK: FaultSettings(("PutMedia",), frozenset({"error_id"}), frozenset({"fragment"})),
    FaultKind.WITHHOLD: FaultSettings(("PutMedia",), takes=frozenset({"acks", "fragment"})),
    FaultKind.NO_MEDIA: FaultSettings(("GetImages",), takes=frozenset({"start_ms", "end_ms"})),
    FaultKind.MEDIA_ERROR: FaultSettings(("GetImages",), takes=frozenset({"start_ms", "end_ms"})),
    FaultKind.ERROR_DOCUMENT: FaultSettings(
        ("GetMedia", "GetMediaForFragmentList"), frozenset({"error_id"}), frozenset({"fragment"})
    ),
}
OF_ALL = ("api", "stream", "after", "times")
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
"""The HTTP status of an `error` unless it is told; of every other one 400."""
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
    """The first `after` occasions pass, the next `times` (None: all) are struck. Raises InvalidFault.

    An occasion is a request; for a `fragment` or `body_bytes`, a PutMedia body that gets there; for
    `answer_bytes`, an answer that gets there; otherwise each acknowledgement, image or document.
    """

    kind: FaultKind
    api: str | None = None
    """One API by its name, several with commas between; None: every one that the kind can strike."""
    stream: str | None = None
    """By its name; None: any."""
    after: int = 0
    times: int | None = 1
    error: str | None = None
    """AWS's name of the HTTP error."""
    status: int | None = None
    """Of the HTTP error; unless given, AWS's for this name."""
    error_id: int | None = None
    fragment: int | None = None
    """The how-manieth of its connection or answer, from 1; None: any."""
    body_bytes: int | None = None
    """How much of a PutMedia body is read before."""
    answer_bytes: int | None = None
    """How much of the answer is sent before, its head included."""
    seconds: float | None = None
    reads: bool = True
    """Whether a half-open connection still takes what the peer sends."""
    acks: tuple[str, ...] = ACKS
    start_ms: int | None = None
    """The first producer time of the hole, epoch ms; None: from the beginning."""
    end_ms: int | None = None
    """The last one; None: to the end."""

    def __post_init__(self) -> None:
        settings = SETTINGS[self.kind]
        given = {one.name for one in fields(self) if getattr(self, one.name) != one.default} - {"kind"}
        allowed = settings.needs | settings.takes | set(OF_ALL)
        for name in sorted(given - allowed):
            raise InvalidFault(f"a fault {self.kind} takes no {name}: it takes {_names(allowed)}")
        for name in sorted(settings.needs - given):
            raise InvalidFault(f"a fault {self.kind} needs {name}")
        if len(given & PLACES) > 1:
            raise InvalidFault(f"a fault {self.kind} strikes in one place: give one of {_names(PLACES)}")
        self._check_values()
        self.check_apis(self.possible_apis)

    @property
    def apis(self) -> tuple[str, ...] | None:
        """The APIs that it strikes; None: any."""
        return tuple(self.api.split(",")) if self.api is not None else self.possible_apis

    @property
    def possible_apis(self) -> tuple[str, ...] | None:
        """The APIs that it could strike; None: any."""
        apis = SETTINGS[self.kind].apis
        in_body = self.body_bytes is not None or self.fragment is not None
        return ("PutMedia",) if in_body and apis is None else apis

    @property
    def http_status(self) -> int:
        """Of an `error`."""
        return self.status or STATUS.get(self.error or "", 400)

    @property
    def of_request(self) -> bool:
        """Whether it strikes a request before anybody has worked on it."""
        connection = self.kind in {FaultKind.ERROR, FaultKind.DROP, FaultKind.STALL, FaultKind.HALF_OPEN}
        return connection and self.fragment is self.body_bytes is self.answer_bytes is None

    def aims_at(self, api: str, stream: str | None) -> bool:
        """Whether a call of `api` on `stream` can be struck."""
        return (self.apis is None or api in self.apis) and self.stream in (None, stream)

    def check_apis(self, possible: Collection[str] | None) -> None:
        """Raises InvalidFault where it names an API that is not among the possible ones (None: any)."""
        for api in self.api.split(",") if self.api is not None else ():
            if possible is not None and api not in possible:
                raise InvalidFault(f"a fault {self.kind} cannot strike {api!r}: give {_names(possible)}")

    def _check_values(self) -> None:
        for name, (lowest, highest) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not (lowest <= value and (highest is None or value <= highest)):
                upward = f"from {lowest} to {highest}" if highest is not None else f"at least {lowest}"
                raise InvalidFault(f"{name} of a fault is {value}: it must be {upward}")
        if self.kind is FaultKind.ERROR_ACK:
            _check_among("error_id", self.error_id, list(IngestError))
        elif self.kind is FaultKind.ERROR_DOCUMENT:
            _check_among("error_id", self.error_id, DOCUMENT_ERRORS)
        for ack in self.acks:
            _check_among("acks", ack, (*ACKS, "ERROR", "IDLE"))
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise InvalidFault(f"the hole of a fault ends at {self.end_ms}, before its start {self.start_ms}")


def _check_among(name: str, value: object, known: Collection[object]) -> None:
    if value not in known:
        raise InvalidFault(f"{name} of a fault is {value}: it must be one of {', '.join(map(str, known))}")


def _names(names: Collection[str]) -> str:
    return ", ".join(sorted(names))
