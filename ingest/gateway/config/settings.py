"""gateway.yaml: how each camera of a store is reached. What and when it is to be counted is the registry's.

Checked by pydantic; each mistake is a line that names the camera and the field.
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
    """A gateway.yaml that cannot be used; one line for each mistake."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SpoolSettings(_Strict):
    """Where what cannot be delivered waits, and how much of it, for all cameras together."""

    directory: Path = Path("/var/lib/occupancy-gateway")
    max_gb: float = Field(default=10, gt=0, le=100_000)
    max_age_hours: float = Field(default=24, gt=0, le=24 * 365)


class CameraSettings(_Strict):
    """One camera. `url` may hold `${NAME}`, `${file:PATH}` and `${secretsmanager:ID}`."""

    url: Annotated[str, StringConstraints(min_length=1)]
    transport: Literal["tcp", "udp"] = "tcp"
    send: Send | None = None
    tls_verify: bool = True
    """Whether a certificate has to be good."""
    ca_file: Path | None = None
    """In PEM: the camera's authority, instead of the system's."""

    @field_validator("url")
    @classmethod
    def _can_be_read(cls, url: str) -> str:
        written = PLACE.sub("1", url)  # as if each secret were one, which may be a port
        if "${" in written:
            raise ValueError("a ${ in it has no }: write ${NAME}")
        if wrong := mistake(written):
            raise ValueError(wrong)
        return url

    @field_validator("ca_file")
    @classmethod
    def _holds_certificates(cls, ca_file: Path | None) -> Path | None:
        if ca_file is not None and (problem := camera_tls.unusable(ca_file)):
            raise ValueError(problem)
        return ca_file

    @model_validator(mode="after")
    def _fits(self) -> Self:
        # An address that begins with a secret is looked at when that is known.
        if not self.url.startswith("${") and (wrong := self.tls_mistake(self.url)):
            raise ValueError(wrong)
        return self

    def tls_mistake(self, url: str) -> str | None:
        """Why what is said of TLS does not go with the address, with its secrets or without."""
        given = [name for name in ("tls_verify", "ca_file") if name in self.model_fields_set]
        scheme = url.partition("://")[0]
        if given and scheme not in camera_tls.TLS_SCHEMES:
            return f"{' and '.join(given)}: its url has no TLS, give rtsps:// or https://, or leave that out"
        if scheme == "rtsps" and self.transport == "udp":
            return "transport udp sends the video of rtsps:// unencrypted: take tcp, or give rtsp://"
        if not self.tls_verify and self.ca_file:
            return "tls_verify is false, so that ca_file is not looked at: leave one of them out"
        return None


class GatewaySettings(_Strict):
    """The whole file."""

    store: Name
    registry_table: Annotated[str, StringConstraints(min_length=1)]
    frame_bucket: Annotated[str, StringConstraints(min_length=1)]
    region: str | None = None
    send: Send = Send.KEYFRAMES
    only_open: bool = True
    """Whether nothing is sent outside the opening hours (and 2 minutes around them)."""
    max_mbit: float = Field(default=50, ge=0)
    """Of the uplink, for all cameras together; 0 is no limit."""
    port: int = Field(default=9464, ge=0, le=65535)
    """Of /healthz and /metrics, on the loopback address."""
    spool: SpoolSettings = SpoolSettings()
    cameras: dict[Name, CameraSettings] = Field(min_length=1)

    @property
    def spool_share(self) -> int:
        """Of each camera, in bytes."""
        return round(self.spool.max_gb * 1e9 / len(self.cameras))


@dataclass(frozen=True)
class GatewayCamera:
    """A camera with its secrets filled in."""

    camera_id: str
    address: Address
    send: Send

    @property
    def sources(self) -> tuple[Source, ...]:
        """What it can be by its address: pictures over HTTP are pushed, a device's are whatever it is for."""
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
            f"{path} cannot be read: {error.strerror}; let the user or the group read it who runs this"
        ) from error
    except OSError as error:
        raise WrongConfig(
            f"{path} cannot be read: {error.strerror}; `occupancy gateway init` writes one"
        ) from error
    except UnicodeDecodeError as error:
        raise WrongConfig(f"{path} is no UTF-8 text: save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise WrongConfig(f"{path} is no YAML: {_place(error)}") from error
    return parse(values, str(path))


def parse(values: Any, name: str) -> GatewaySettings:
    """What the file says. Raises WrongConfig."""
    if not isinstance(values, dict):
        what = "is empty" if values is None else "holds no settings"
        raise WrongConfig(f"{name} {what}: `occupancy gateway init` writes one")
    try:
        return GatewaySettings.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise WrongConfig("\n".join(f"{name}: {_mistake(one)}" for one in details)) from None


def camera(settings: GatewaySettings, camera_id: str, secrets: Secrets) -> GatewayCamera:
    """One camera, ready to be opened. Raises MissingSecret, and WrongConfig where they make no address."""
    one = settings.cameras[camera_id]
    url, shown = secrets.fill(one.url)
    if mistake(url):
        raise WrongConfig(f"{shown} is no address of a camera with its secrets filled in: correct them")
    if wrong := one.tls_mistake(url):
        raise WrongConfig(f"camera {camera_id!r}: {wrong}")
    address = Address(url, one.transport, shown, Tls(one.tls_verify, one.ca_file))
    return GatewayCamera(camera_id, address, one.send or settings.send)


def _mistake(detail: ErrorDetails) -> str:
    """`camera 'door', field send: ...`, with pydantic's words for what is wrong; never what was given."""
    where = [str(part) for part in detail["loc"]]
    # What YAML itself makes a number, a date or a truth of: 12, 2026-01-01, on.
    unquoted = detail["type"] == "string_type" and isinstance(detail["input"], bool | int | float | date)
    owner = ""
    if where[:1] == ["cameras"] and len(where) > 1:
        owner = f"camera {where[1]!r}"
        where = [part for part in where[2:] if part != "[key]"]
        if detail["loc"][2:] == ("[key]",):
            if unquoted:
                return f"field cameras: a name that YAML reads as {detail['input']}: {_QUOTES}"
            return f"{owner}: a camera's name is 1 to 63 of a-z, 0-9 and '-', not starting with '-'"
    fields = f"field {'.'.join(where)}" if where else ""
    place = ", ".join(filter(None, (owner, fields)))
    words = f"is no text as YAML reads it: {_QUOTES}" if unquoted else _WORDS.get(detail["type"])
    return f"{place}: {words or detail['msg'].removeprefix('Value error, ')}"


_QUOTES = "put it in quotes"
_WORDS = {
    "dict_type": "is no mapping of names to values",
    "extra_forbidden": "is not known: is it a typo?",
    "missing": "is missing",
    "model_type": "is no mapping of names to values",
    "string_pattern_mismatch": "is no name: 1 to 63 of a-z, 0-9 and '-', not starting with '-'",
}


def _place(error: yaml.YAMLError) -> str:
    """Where the mistake is, without the line itself: it may hold a password."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    if not mark and type(error) is yaml.YAMLError:
        problem = str(error)
    return f"line {mark.line + 1}, {problem}" if mark else str(problem)
