import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from counter.history.lines import (
    FIELDS,
    MAPS,
    SCALARS,
    HistoryLine,
    Projection,
    decode,
    encode,
    line_of,
    parse,
)
from ingest.frames.messages import GapReason
from tests.counter.history.sample_lines import BERLIN, dark, line, quarter

DOCS = (Path(__file__).parents[3] / "docs" / "history.md").read_text(encoding="utf-8")
FULL = replace(
    line(), rule="0123456789abcdef", zone_histograms={"shelf": {1: 1, 0: 2}}, foot_seconds={700: 300}
)


def test_a_line_as_the_file_has_it() -> None:
    assert encode(line()).decode() == (
        '{"store":"north","camera":"till-1","area":"tills","start":"2026-11-22T14:00:00Z",'
        '"local_start":"2026-11-22T15:00:00+01:00","counted":3,"due":3,"gaps":0,"coverage":1.0,'
        '"person_seconds":1200,"counted_seconds":900,"minimum":0,"maximum":2,"rule":null,"gaps_by_reason":{},'
        '"zone_person_seconds":{"entry":0,"shelf":300},"histogram":{"0":1,"2":2},"zone_histograms":null,'
        '"foot_seconds":null}'
    )


@pytest.mark.parametrize(
    "each", [line(), FULL, line_of(dark(), BERLIN)], ids=["older", "all fields", "nothing counted"]
)
def test_a_line_comes_back_as_it_was(each: HistoryLine) -> None:
    assert decode(json.loads(encode(each))) == each


def test_the_order_of_a_roll_ups_maps_does_not_show() -> None:
    turned = quarter(histogram={0: 1, 2: 2}, zone_person_seconds={"entry": 0, "shelf": 300})
    assert encode(line_of(turned, BERLIN)) == encode(line())


def test_what_newer_roll_ups_have() -> None:
    newer = quarter(rule="0123456789abcdef", zone_histograms={"shelf": {1: 1, 0: 2}}, foot_seconds={700: 300})
    assert line_of(newer, BERLIN) == FULL


def test_gaps_count_as_due() -> None:
    half = line_of(quarter(counted=1, gaps={GapReason.NO_MEDIA: 1, GapReason.EXPIRED: 1}), BERLIN)
    assert (half.due, half.gaps, half.coverage) == (3, 2, 0.3333)


def test_nothing_counted_has_no_minimum() -> None:
    nothing = line_of(dark(), BERLIN)
    assert (nothing.minimum, nothing.maximum, nothing.coverage) == (None, None, 0.0)


def test_the_doubled_hour_differs_by_its_offset() -> None:
    starts = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    texts = [json.loads(encode(line_of(replace(quarter(), start=start), BERLIN))) for start in starts]
    assert [text["local_start"] for text in texts] == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ]


def test_scalars_alone_are_those_of_the_line() -> None:
    (cut,), (whole,) = parse([encode(FULL)], Projection.SCALARS), parse([encode(FULL)])
    assert tuple(cut) == SCALARS
    assert cut == {name: whole[name] for name in SCALARS}
    assert decode(cut) == replace(
        FULL, zone_person_seconds={}, histogram={}, zone_histograms=None, foot_seconds=None
    )


@pytest.mark.parametrize("bad", [b"{", b"[1]", b"3", b"\xff"])
def test_what_is_no_line_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse([encode(line()), bad])


def test_the_docs_name_each_field_in_order() -> None:
    table = DOCS.partition("## A line of `quarters.jsonl.gz`")[2].partition("## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|([^|]*)\| ([^|]+) \|$", table, re.MULTILINE)
    assert tuple(name for name, *_ in rows) == FIELDS
    assert {name for name, kind, *_ in rows if kind.startswith("map")} == set(MAPS)
    assert all(unit.strip() for name, kind, unit, _ in rows if not kind.startswith("string"))
    assert tuple(json.loads(encode(FULL))) == FIELDS
