from dataclasses import replace
from datetime import timedelta

from counter.rows.new_rows import gap_row
from infra.cli.counts.entries import CountEntry, CountStatus, entries_of
from infra.cli.counts.span import CountSpan
from ingest.frames.messages import GapReason
from ingest.registry.camera import Camera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.times import from_text

NOON = from_text("2026-11-22T12:00:00Z")
TILL = Camera(
    camera_id="till-1", store_id="north", since=NOON - timedelta(days=1), sampling=Sampling(300), area="tills"
)
RETENTION = timedelta(days=400)


def statuses(entries: list[CountEntry]) -> dict[str, str]:
    return {
        f"{entry.instant:%H:%M}": entry.reason.value if entry.reason else str(entry.count or entry.status)
        for entry in sorted(entries, key=lambda entry: entry.key)
    }


def test_rows_gaps_pending_and_missing_instants() -> None:
    gap = gap_row(TILL, NOON + timedelta(minutes=5), GapReason.NO_MEDIA, RETENTION)
    counted = replace(gap, instant=NOON + timedelta(minutes=20), reason=None, count=3, zones={"door": 1})
    registered = RegisteredCamera(TILL, closed_until=NOON + timedelta(minutes=15))
    entries = entries_of(registered, [gap, counted], CountSpan(NOON, NOON + timedelta(minutes=26)))
    assert statuses(entries) == {
        "12:00": "missing",
        "12:05": "no_media",
        "12:10": "missing",
        "12:15": "pending",
        "12:20": "3",
        "12:25": "pending",
    }
    [found] = [entry for entry in entries if entry.status is CountStatus.COUNTED]
    assert (found.zones, found.area, found.store_id) == ({"door": 1}, "tills", "north")


def test_rows_that_are_not_due_any_more_are_shown_and_nothing_else_before_the_registry_remembers() -> None:
    row = gap_row(TILL, NOON + timedelta(minutes=1), GapReason.NO_FRAME, RETENTION)
    entries = entries_of(RegisteredCamera(TILL), [row], CountSpan(NOON, NOON))
    assert statuses(entries) == {"12:01": "no_frame"}
