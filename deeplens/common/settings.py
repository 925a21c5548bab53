"""The unit's settings: one JSON file, and environment variables, which win. All are checked at the start."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from dateutil import tz

from deeplens.common.errors import UnitError
from deeplens.common.hours import ALWAYS, Hours, parse

PREFIX = "OCCUPANCY_"
"""What the environment variable of a setting begins with: OCCUPANCY_BUCKET."""
AUTO = "auto"
HEIGHTS = {"480p": 480, "720p": 720, "1080p": 1080}
OFF = "off"

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TABLE = re.compile(r"[a-zA-Z0-9_.-]{3,255}")
_TOPIC = re.compile(r"[^+#\0]{1,256}")
_HOST = re.compile(r"[a-zA-Z0-9.-]{1,253}")


class WrongSettings(UnitError, ValueError):
    """Settings that are not valid; `problems` has one sentence for each mistake."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class IotSettings(NamedTuple):
    """The endpoint of AWS IoT and the unit's PEM files there. `ca` None: the system's authorities."""

    endpoint: str
    certificate: str
    key: str
    ca: str | None = None
    port: int = 8883


class Settings(NamedTuple):
    """The settings of one camera. `sample_every` in seconds, `spool_mb` in MB, `display` None: no display."""

    bucket: str
    camera_id: str
    sample_every: int = 300
    opening_hours: Hours = ALWAYS
    time_zone: str = "UTC"
    jpeg_quality: int = 90
    device: str = AUTO
    display: int | None = HEIGHTS["480p"]
    display_fifo: str = "/run/store-occupancy/display.mjpeg"
    spool: str = "/var/lib/store-occupancy/spool"
    spool_mb: int = 1000
    status_topic: str = ""
    camera_table: str | None = None
    iot: IotSettings | None = None

    @property
    def topic(self) -> str:
        """The topic of the status messages."""
        return self.status_topic or f"store-occupancy/{self.camera_id}/status"


def load(environ: Mapping[str, str], path: str | None) -> Settings:
    """Read the file, if a path is given, and the environment. Raises WrongSettings."""
    given = _from_file(Path(path)) if path else {}
    variables = {PREFIX + name.upper(): name for name in READERS}
    given.update({name: environ[variable] for variable, name in variables.items() if environ.get(variable)})
    return _checked(given)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongSettings([f"settings {path} cannot be read: {error.strerror}"]) from error
    except ValueError as error:
        raise WrongSettings([f"settings {path} are not JSON: {error}"]) from error
    if not isinstance(content, dict):
        raise WrongSettings([f'settings {path} are not a JSON object: write {{"bucket": ...}}'])
    return content


def _checked(given: Mapping[str, Any]) -> Settings:
    values: dict[str, Any] = {}
    problems = [f"setting {name!r} is unknown: {_KNOWN}" for name in given if name not in READERS]
    problems += [f"{name} is not set" for name in ("bucket", "camera_id") if given.get(name, "") == ""]
    for name, read in READERS.items():
        if given.get(name, "") == "":
            continue
        try:
            values[name] = read(name, given[name])
        except ValueError as error:
            problems.append(str(error))
    parts = {name[4:]: values.pop(name) for name in list(values) if name.startswith("iot_")}
    if parts and not {"endpoint", "certificate", "key"} <= set(parts):
        problems.append("AWS IoT needs iot_endpoint, iot_certificate and iot_key: set all three, or none")
    if problems:
        raise WrongSettings(problems)
    return Settings(**values, iot=IotSettings(**parts) if parts else None)


def _whole(least: int, most: int, unit: str) -> Callable[[str, Any], int]:
    def read(name: str, value: Any) -> int:
        text = str(value).strip()
        if isinstance(value, (bool, float)) or not (text.isascii() and text.isdigit()):
            raise ValueError(f"{name} {value!r} is not a whole number: give {least} to {most}{unit}")
        if not least <= int(text) <= most:
            raise ValueError(f"{name} {value!r} is outside {least} to {most}{unit}")
        return int(text)

    return read


def _text(form: re.Pattern[str], wanted: str) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(f"{name} {value!r} is not {wanted}")
        return value

    return read


def _path(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("/"):
        raise ValueError(f"{name} {value!r} is not an absolute path")
    return value


def _device(name: str, value: Any) -> str:
    return value if value in (AUTO, "awscam") else _path(name, value)


def _file(name: str, value: Any) -> str:
    path = _path(name, value)
    if not Path(path).is_file():
        raise ValueError(f"{name} {path!r} does not exist")
    return path


def _hours(name: str, value: Any) -> Hours:
    if not isinstance(value, str):
        raise ValueError(f"{name} {value!r} is not a text: write 'mon-fri 09:00-20:00'")  # noqa: TRY004
    return parse(value)


def _zone(name: str, value: Any) -> str:
    if not isinstance(value, str) or tz.gettz(value) is None:
        raise ValueError(f"{name} {value!r} is unknown: use an IANA name such as Europe/Berlin")
    return value


def _display(name: str, value: Any) -> int | None:
    if value == OFF:
        return None
    if not isinstance(value, str) or value not in HEIGHTS:
        raise ValueError(f"{name} {value!r} is not one of {', '.join(HEIGHTS)} or {OFF}")
    return HEIGHTS[value]


READERS: dict[str, Callable[[str, Any], Any]] = {
    "bucket": _text(_BUCKET, "a bucket's name: it is the stack's output FrameBucketName"),
    "camera_id": _text(_NAME, "1 to 63 of a-z, 0-9 and '-', not starting with '-'"),
    "sample_every": _whole(1, 840, " seconds"),
    "opening_hours": _hours,
    "time_zone": _zone,
    "jpeg_quality": _whole(1, 100, ""),
    "device": _device,
    "display": _display,
    "display_fifo": _path,
    "spool": _path,
    "spool_mb": _whole(1, 1_000_000, " MB"),
    "status_topic": _text(_TOPIC, "a topic of AWS IoT: 1 to 256 characters without '+' and '#'"),
    "camera_table": _text(_TABLE, "a table's name: it is the stack's output CameraTableName"),
    "iot_endpoint": _text(_HOST, "a host name: see aws iot describe-endpoint --endpoint-type iot:Data-ATS"),
    "iot_port": _whole(1, 65535, ""),
    "iot_certificate": _file,
    "iot_key": _file,
    "iot_ca": _file,
}
_KNOWN = f"the settings are {', '.join(READERS)}"
