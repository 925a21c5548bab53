"""The settings that both Lambdas of the counter need: registry, tables and bucket."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from ingest.aws.environ import days, required


@dataclass(frozen=True)
class SharedSettings:
    """The environment that the template gives to both functions; `retention` is how long rows are kept."""

    camera_table: str
    occupancy_table: str
    quarter_hour_table: str
    store_table: str
    frame_bucket: str
    retention: timedelta

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "SharedSettings":
        """Raises WrongEnvironment."""
        return cls(
            camera_table=required(environ, "CAMERA_TABLE"),
            occupancy_table=required(environ, "OCCUPANCY_TABLE"),
            quarter_hour_table=required(environ, "QUARTER_HOUR_TABLE"),
            store_table=required(environ, "STORE_TABLE"),
            frame_bucket=required(environ, "FRAME_BUCKET"),
            retention=days(environ, "ROW_RETENTION_DAYS"),
        )
