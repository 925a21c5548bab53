"""Compares the unit's settings with its camera in the registry, if the unit may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping

from deeplens.common import hours
from deeplens.common.failures import AWS_FAILURES, name_of
from deeplens.common.settings import Settings
from deeplens.common.status_log import StatusLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PART = "registry"


class Registry:
    """This camera's item in the registry's table."""

    def __init__(
        self, dynamodb: DynamoDBClient, table: str, settings: Settings, status_log: StatusLog
    ) -> None:
        self._dynamodb, self._table, self._settings, self._status_log = dynamodb, table, settings, status_log

    def compare(self) -> None:
        """Report the differences as a problem."""
        try:
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"CameraId": {"S": self._settings.camera_id}}
            )
        except AWS_FAILURES as error:
            self._status_log.problem(
                PART, f"table {self._table!r} cannot be read ({name_of(error)}); frames are taken anyway"
            )
            return
        wrong = "; ".join(differences(self._settings, answer.get("Item")))
        if wrong:
            self._status_log.problem(PART, f"camera {self._settings.camera_id!r}: {wrong}")
        else:
            self._status_log.fine(PART)


def differences(settings: Settings, item: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield a sentence for each difference; `item` is the registry's, in DynamoDB's form."""
    if item is None:
        yield f"it is not in the registry: occupancy camera add {settings.camera_id} --source push ..."
        return
    if item["Source"]["S"] != "push":
        yield f"its source is {item['Source']['S']!r} in the registry: add it again with --source push"
    if not item["Enabled"]["BOOL"]:
        yield "it is disabled in the registry: its frames are deleted without a count"
    every = int(item["SampleEvery"]["N"])
    if every != settings.sample_every:
        yield f"its sample_every is {every} s in the registry, {settings.sample_every} s on the unit"
    days = {name: [span["S"] for span in spans["L"]] for name, spans in item["OpeningHours"]["M"].items()}
    there, zone = hours.from_map(days), item["TimeZone"]["S"]
    if there != settings.opening_hours or (there != hours.ALWAYS and zone != settings.time_zone):
        yield f"its opening hours are {_told(there, zone)} in the registry, but not on the unit"


def _told(opening_hours: hours.Hours, zone: str) -> str:
    if opening_hours == hours.ALWAYS:
        return "always"
    spans = (f"{name} {' '.join(spans)}" for name, spans in zip(hours.WEEKDAYS, opening_hours.days) if spans)
    return f"{'; '.join(spans)} ({zone})"
