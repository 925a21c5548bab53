"""Whether the camera registry says the same of this camera as the unit's settings, where it can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from deeplens.common import hours
from deeplens.common.settings import Settings
from deeplens.common.status_log import Book

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PART = "registry"


class Registry:
    """The one item of this camera in the registry's table."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, settings: Settings, book: Book) -> None:
        self._dynamodb, self._table, self._settings, self._book = dynamodb, table, settings, book

    def compare(self) -> None:
        """Note what does not agree."""
        try:
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"CameraId": {"S": self._settings.camera_id}}
            )
        except (BotoCoreError, ClientError) as error:
            why = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            self._book.problem(PART, f"table {self._table!r} cannot be read ({why}); frames are taken anyway")
            return
        wrong = "; ".join(differences(self._settings, answer.get("Item")))
        if wrong:
            self._book.problem(PART, f"camera {self._settings.camera_id!r}: {wrong}")
        else:
            self._book.fine(PART)


def differences(settings: Settings, item: Mapping[str, Any] | None) -> Iterator[str]:
    """A sentence for each difference; `item` is the registry's, in DynamoDB's form."""
    if item is None:
        yield f"it is not in the registry: occupancy camera add {settings.camera_id} --source push ..."
        return
    if item["Source"]["S"] != "push":
        yield f"the registry has it as source {item['Source']['S']!r}: add it anew with --source push"
    if not item["Enabled"]["BOOL"]:
        yield "it is disabled in the registry: its frames are deleted uncounted"
    every = int(item["SampleEvery"]["N"])
    if every != settings.sample_every:
        yield f"its sample_every is {every} s in the registry, {settings.sample_every} s on the unit"
    days = {name: [span["S"] for span in spans["L"]] for name, spans in item["OpeningHours"]["M"].items()}
    there, zone = hours.from_map(days), item["TimeZone"]["S"]
    if there != settings.opening_hours or (there != hours.ALWAYS and zone != settings.time_zone):
        yield f"its opening hours are {_told(there, zone)} in the registry, others on the unit"


def _told(opening_hours: hours.Hours, zone: str) -> str:
    if opening_hours == hours.ALWAYS:
        return "always"
    spans = (f"{name} {' '.join(spans)}" for name, spans in zip(hours.WEEKDAYS, opening_hours.days) if spans)
    return f"{'; '.join(spans)} ({zone})"
