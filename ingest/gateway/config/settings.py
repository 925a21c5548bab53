"""gateway.yaml: how each camera of a store is reached. The registry says what is counted, and when.

pydantic checks the file; each mistake becomes a line that names the camera and the field.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from ingest.errors import OccupancyError
from ingest.gateway.config import camera_tls
from ingest.gateway.config.addresses import HTTP_SCHEMES, Address, mistake
from ingest.gateway.config.camera_tls import Tls
from ingest.gateway.config.secrets import PLACE, Secrets
from ingest.gateway.config.sending import Send
from ingest.gateway.config.strict_yaml import loaded
from ingest.registry.camera import NAME, Source

Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]


class WrongConfig(OccupancyError):
    """gateway.yaml cannot be used; the message has one line for each mistake."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SpoolSettings(_Strict):
    """Where undelivered video waits, and how much of it, for all cameras together."""

    directory: Path = Path("/var/lib/occupancy-gateway")
    max_gb: float = Field(default=10, gt=0, le=100_000)
    max_age_hours: float = Field(default=24, gt=0, le=24 * 365)


class CameraSettings(_Strict):
    """One camera. `url` may contain `${NAME}`, `${file:PATH}` and `${secretsmanager:ID}`."""

    url: Annotated[str, StringConstraints(min_length=1)]
    transport: Literal["tcp", "udp"] = "tcp"
    send: Send | None = None
    tls_verify: bool = True
    """Whether the camera's certificate must be valid."""
    ca_file: Path | None = None
    """PEM file with the camera's authority, used instead of the system's authorities."""

    @field_validator("url")
    @classmethod
    def _can_be_read(cls, url: str) -> str:
        written = PLACE.sub("1", url)  # a digit for each secret, which may be a port
        if "${" in written:
            raise ValueError("has a ${ without }: write ${NAME}")
        if problem := mistake(written):
            raise ValueError(problem)
        return url

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, ca_file: Path | None) -> Path | None:
        if ca_file is not None and (problem := camera_tls.unusable(ca_file)):
            raise ValueError(problem)
        return ca_file

    @model_validator(mode="after")
    def _fits(self) -> Self:
        # An address that begins with a secret is checked once the secret is known.
        if not self.url.startswith("${") and (problem := self.tls_mistake(self.url)):
            raise ValueError(problem)
        return self

    def tls_mistake(self, url: str) -> str | None:
        """Why the TLS settings do not match the address `url`, with or without its secrets."""
        given = " and ".join(name for name in ("tls_verify", "ca_file") if name in self.model_fields_set)
        scheme = url.partition("://")[0]
        if given and scheme not in camera_tls.TLS_SCHEMES:
            return f"{given} needs a url with TLS: use rtsps:// or https://, or remove {given}"
        if scheme == "rtsps" and self.transport == "udp":
            return "with transport udp the video of rtsps:// is not encrypted: use transport tcp, or rtsp://"
        if not self.tls_verify and self.ca_file:
            return "ca_file has no effect while tls_verify is false: remove one of them"
        return None


class GatewaySettings(_Strict):
    """The whole file."""

    store: Name
    registry_table: Annotated[str, StringConstraints(min_length=1)]
    frame_bucket: Annotated[str, StringConstraints(min_length=1)]
    region: str | None = None
    send: Send = Send.KEYFRAMES
    only_open: bool = True
    """Whether video is sent only in the opening hours, with 2 minutes before and after."""
    max_mbit: float = Field(default=50, ge=0)
    """Limit of the uplink for all cameras together; 0 means no limit."""
    port: int = Field(default=9464, ge=0, le=65535)
    """Port of /healthz and /metrics, on the loopback address."""
    spool: SpoolSettings = SpoolSettings()
    cameras: dict[Name, CameraSettings] = Field(min_length=1)

    @property
    def spool_share(self) -> int:
        """The share of each camera, in bytes."""
        return round(self.spool.max_gb * 1e9 / len(self.cameras))


@dataclass(frozen=True)
class GatewayCamera:
    """A camera with its secrets filled in."""

    camera_id: str
    address: Address
    send: Send

    @property
    def sources(self) -> tuple[Source, ...]:
        """Which sources its address allows: HTTP only push, a device both, anything else only KVS."""
        if self.address.is_device:
            return Source.KVS, Source.PUSH
        scheme = urlsplit(self.address.url).scheme
        return (Source.PUSH,) if scheme in HTTP_SCHEMES else (Source.KVS,)


def load(path: Path) -> GatewaySettings:
    """Read the file. Raises WrongConfig, with one line for each mistake."""
    try:
        values = loaded(path.read_text(encoding="utf-8-sig"))
    except PermissionError as error:
        raise WrongConfig(
            f"{path} cannot be read: {error.strerror}; give the user that runs this read permission"
        ) from error
    except OSError as error:
        raise WrongConfig(
            f"{path} cannot be read: {error.strerror}; `occupancy gateway init` creates one"
        ) from error
    except UnicodeDecodeError as error:
        raise WrongConfig(f"{path} is not UTF-8: save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise WrongConfig(f"{path} is not valid YAML: {_place(error)}") from error
    return parse(values, str(path))


def parse(values: Any, name: str) -> GatewaySettings:
    """Check the values that the file `name` contains. Raises WrongConfig."""
    if not isinstance(values, dict):
        problem = "is empty" if values is None else "contains no settings"
        raise WrongConfig(f"{name} {problem}: `occupancy gateway init` creates one")
    try:
        return GatewaySettings.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise WrongConfig("\n".join(f"{name}: {_mistake(detail)}" for detail in details)) from None


def camera(settings: GatewaySettings, camera_id: str, secrets: Secrets) -> GatewayCamera:
    """One camera with its secrets. Raises MissingSecret, and WrongConfig if they make no valid address."""
    written = settings.cameras[camera_id]
    url, shown = secrets.fill(written.url)
    if mistake(url):
        raise WrongConfig(
            f"{shown} is not a valid address once its secrets are filled in: correct the secrets"
        )
    if problem := written.tls_mistake(url):
        raise WrongConfig(f"camera {camera_id!r}: {problem}")
    address = Address(url, written.transport, shown, Tls(written.tls_verify, written.ca_file))
    return GatewayCamera(camera_id, address, written.send or settings.send)


def _mistake(detail: ErrorDetails) -> str:
    """`camera 'door', field send: ...`, with a message of pydantic or ours; the value may be secret."""
    where = [str(part) for part in detail["loc"]]
    # Unquoted text that YAML reads as a number, a date or a boolean: 12, 2026-01-01, on.
    unquoted = detail["type"] == "string_type" and isinstance(detail["input"], bool | int | float | date)
    owner = ""
    if where[:1] == ["cameras"] and len(where) > 1:
        owner = f"camera {where[1]!r}"
        where = [part for part in where[2:] if part != "[key]"]
        if detail["loc"][2:] == ("[key]",):
            if unquoted:
                return f"field cameras: YAML does not read the name {detail['input']} as text: {_QUOTES}"
            return f"{owner}: a camera's name has {_NAME}"
    fields = f"field {'.'.join(where)}" if where else ""
    place = ", ".join(filter(None, (owner, fields)))
    message = f"YAML does not read it as text: {_QUOTES}" if unquoted else _MESSAGES.get(detail["type"])
    return f"{place}: {message or detail['msg'].removeprefix('Value error, ')}"


_QUOTES = "put it in quotes"
_NAME = "1 to 63 characters a-z, 0-9 and '-', and does not start with '-'"
_MESSAGES = {
    "dict_type": "must be a mapping of names to values",
    "extra_forbidden": "is unknown: is it a typo?",
    "missing": "is missing",
    "model_type": "must be a mapping of names to values",
    "string_pattern_mismatch": f"is not a valid name: a name has {_NAME}",
}


def _place(error: yaml.YAMLError) -> str:
    """Where the mistake is, without the line itself: it may contain a password."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    if not mark and type(error) is yaml.YAMLError:
        problem = str(error)
    return f"line {mark.line + 1}, {problem}" if mark else str(problem)
