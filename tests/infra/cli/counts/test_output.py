import io

import pytest
from rich.console import Console

from infra.cli.counts.entries import CountEntry, CountStatus
from infra.cli.counts.output import counts_table, csv_row, csv_text, json_values, line, summary
from ingest.frames.messages import GapReason
from ingest.times import from_text


def entry(time: str, count: int | None = None, camera: str = "till-1", **values: object) -> CountEntry:
    status = CountStatus.PENDING if count is None else CountStatus.COUNTED
    settings: dict[str, object] = {"status": status, "count": count} | values
    return CountEntry(camera, "north", "tills", "Europe/Berlin", from_text(time), **settings)  # type: ignore[arg-type] # the values of each case


COUNTED = entry("2026-11-22T13:00:00Z", 3, zones={"till": 1, "door": 0})
GAP = entry("2026-11-22T13:05:00Z", status=CountStatus.GAP, reason=GapReason.UNREADABLE_IMAGE)
PENDING = entry("2026-11-22T13:10:00Z")


def shown(entries: list[CountEntry], width: int) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(counts_table(entries, width=width))
    return [text.rstrip() for text in out.getvalue().splitlines()]


def test_the_table() -> None:
    assert shown([COUNTED, GAP, PENDING], 80) == [
        "time                                  count  zones",
        "───────────────────────────────────────────────────────────",
        "2026-11-22 14:00:00+01:00                 3  till 1, door 0",
        "2026-11-22 14:05:00+01:00  unreadable_image",
        "2026-11-22 14:10:00+01:00           pending",
    ]


@pytest.mark.parametrize("width", [70, 80, 92, 120])
def test_the_table_fits_the_terminal(width: int) -> None:
    long = entry(
        "2026-11-22T13:15:00Z", 12, "a-camera-at-the-back-door", zones={f"zone-{i}": i for i in range(9)}
    )
    lines = shown([COUNTED, GAP, long], width)
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert all(word in text for word in ("2026-11-22 14:15:00+01:00", "unreadable_image", "12"))
    assert ("zones" in text) is (width >= 92)


def test_the_hour_that_exists_twice() -> None:
    first, second = entry("2026-10-25T00:30:00Z", 1), entry("2026-10-25T01:30:00Z", 2)
    assert [json_values(item)["time"] for item in (first, second)] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]


def test_csv() -> None:
    assert csv_text(map(csv_row, [COUNTED, GAP, PENDING])) == (
        "2026-11-22T14:00:00+01:00,till-1,north,tills,counted,3,till=1; door=0,\n"
        "2026-11-22T14:05:00+01:00,till-1,north,tills,gap,,,unreadable_image\n"
        "2026-11-22T14:10:00+01:00,till-1,north,tills,pending,,,\n"
    )


def test_json() -> None:
    assert json_values(COUNTED) == {
        "time": "2026-11-22T14:00:00+01:00",
        "camera_id": "till-1",
        "store_id": "north",
        "area": "tills",
        "status": "counted",
        "count": 3,
        "zones": {"till": 1, "door": 0},
        "reason": None,
    }
    assert json_values(GAP)["reason"] == "unreadable_image"


def test_lines() -> None:
    assert line(COUNTED, 0) == "2026-11-22 14:00:00+01:00    3  till 1, door 0"
    assert line(GAP, 8) == "2026-11-22 14:05:00+01:00  till-1    unreadable_image"


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([COUNTED], "1 instant: 1 counted."),
        (
            [COUNTED, GAP, GAP, PENDING],
            "4 instants: 1 counted, 2 gaps (unreadable_image 2), 1 pending.",
        ),
    ],
)
def test_summary(entries: list[CountEntry], sentence: str) -> None:
    assert summary(entries) == sentence
