"""The page as a parser reads it."""

from datetime import time, timedelta
from html.parser import HTMLParser

import pytest

from counter.analytics.trading_days import TradingCalendar
from counter.report.page import counted_sentence, page
from counter.report.report import By, Report
from tests.counter.analytics.lines import quarters
from tests.counter.report.shops import MONDAY, NAME, of, report, weeks

SUNDAY = MONDAY + timedelta(days=6)
DARK = MONDAY + timedelta(days=1)


class Reader(HTMLParser):
    """Elements with their attributes, and all text; complains of what is not closed."""

    VOID = {"meta", "line", "rect", "polygon", "polyline", "circle"}  # noqa: RUF012 - never changed

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(1 for found, _ in self.elements if found == tag)


def week(by: By = By.HOUR, notes: tuple[str, ...] = ()) -> Report:
    return report(of(weeks(1, DARK)), MONDAY, SUNDAY, by, notes)


@pytest.mark.parametrize("by", By)
def test_a_page_is_well_formed_and_loads_nothing(by: By) -> None:
    text = page(week(by))
    read = Reader(text)
    assert not {tag for tag, _ in read.elements} & {"script", "link", "img", "iframe"}
    for name in ("src", "srcset", "action"):
        assert not [attributes for _, attributes in read.elements if name in attributes]
    links = [attributes["href"] or "" for _, attributes in read.elements if "href" in attributes]
    ids = {attributes["id"] for _, attributes in read.elements if "id" in attributes}
    assert all(link.removeprefix("#") in ids for link in links)
    assert "url(" not in text
    assert "@import" not in text


def test_names_are_escaped() -> None:
    read = Reader(page(week(notes=("<b>bold</b>",))))
    assert NAME in read.texts
    assert "<b>bold</b>" in read.texts
    assert read.count("b") == 0


def test_every_row_and_every_figure_is_in_a_table() -> None:
    found = week()
    read = Reader(page(found))
    rows = [attributes for tag, attributes in read.elements if tag == "tr" and "id" in attributes]
    assert len(rows) == len(found.rows) == 14
    assert [row["class"] for row in rows].count("unknown") == 1
    for words in (
        "person-minutes",
        "median (of quarter hours)",
        "peak (of quarter hours)",
        "12 without video (no_media)",
    ):
        assert words in read.texts
    assert "unknown: nothing was counted" in read.texts
    assert any("Nothing is missing; people come and go" in text for text in read.texts)


def test_a_keyboard_reaches_tables_and_bars() -> None:
    read = Reader(page(week(By.DAY)))
    regions = [attributes for _, attributes in read.elements if attributes.get("role") == "region"]
    assert len(regions) == 3
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)
    assert read.count("a") == 7


def test_the_week_has_coloured_cells_and_marks_what_is_not_known() -> None:
    read = Reader(page(week()))
    cells = [attributes for tag, attributes in read.elements if tag == "td"]
    assert sum("background:#" in (cell.get("style") or "") for cell in cells) == 13
    (unknown,) = [cell for cell in cells if cell.get("class") == "unknown"]
    assert unknown["title"] == "Tue 3 Nov 10:00: unknown: nothing was counted"


def test_hours_after_midnight_are_marked_and_explained() -> None:
    lines = quarters("2026-11-02T21:00:00Z", [2] * 12 + [9] * 4)
    text = page(report(of(lines, calendar=TradingCalendar.in_zone("Europe/Berlin", time(4))), MONDAY, MONDAY))
    read = Reader(text)
    heads = text.split('<table class="week"><thead><tr><td></td>')[1].split("</tr>")[0]
    assert heads.replace('<th scope="col">', "").replace("</th>", " ") == (
        "22 23 00<small>+1</small> 01<small>+1</small> "
    )
    assert any(
        text.endswith("Hours with +1 are after midnight, on the next day of the calendar.")
        for text in read.texts
    )
    titles = [
        attributes["title"] or ""
        for tag, attributes in read.elements
        if tag == "td" and "title" in attributes
    ]
    assert titles[-1].startswith("Tue 3 Nov 01:00: ")
    assert "+1" not in page(week())


def test_a_page_of_an_empty_span_says_so() -> None:
    read = Reader(page(report(of([]), MONDAY, SUNDAY, By.HOUR)))
    assert "Nothing was due." in " ".join(read.texts)
    assert read.count("svg") == 0


def test_the_sentence_on_what_was_counted() -> None:
    found = week()
    assert counted_sentence(found.total.instants) == (
        "156 of 168 instants were counted (92 %); gaps: 12 without video (no_media)."
    )


def test_a_page_is_small() -> None:
    assert len(page(week()).encode()) < 40_000
