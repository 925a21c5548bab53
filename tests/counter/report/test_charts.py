from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from counter.report.charts import BOTTOM, HEIGHT, MOST_BARS, ChartPoint, chart, tick_step

SVG = "{http://www.w3.org/2000/svg}"


def drawn(points: list[ChartPoint], name: str = "People") -> ET.Element:
    text = chart(points, name).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(text)  # noqa: S314 - our own text


def point(value: float | None, place: int = 0, **bounds: float) -> ChartPoint:
    return ChartPoint(f"{place}", f"{place}: {value}", f"row-{place}", value, **bounds)


def with_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [element for element in svg.iter() if element.get("class") == name]


def test_bars_are_as_high_as_their_values_and_link_to_their_rows() -> None:
    svg = drawn([point(5, 0, low=4, high=6), point(10, 1)])
    low, high = (float(bar.get("height") or 0) for bar in with_class(svg, "bar"))
    assert high == pytest.approx(2 * low, abs=0.11)
    assert [link.get("href") for link in svg.iter(f"{SVG}a")] == ["#row-0", "#row-1"]
    assert len(with_class(svg, "whisker")) == 1


def test_what_is_not_known_is_marked_and_is_no_bar_of_zero() -> None:
    svg = drawn([point(5, 0), point(None, 1), point(0, 2)])
    assert len(with_class(svg, "bar")) == 2
    assert len(with_class(svg, "unknown")) == 1


def test_many_points_are_a_line_with_holes_where_nothing_is_known() -> None:
    points = [point(None if place in {10, 12} else 3, place, low=2, high=4) for place in range(MOST_BARS + 1)]
    svg = drawn(points)
    assert svg.get("role") == "img"
    assert (len(with_class(svg, "line")), len(with_class(svg, "band"))) == (2, 2)
    # Between the two holes is a single point.
    assert len(with_class(svg, "dot")) == 1
    assert not with_class(svg, "bar")
    lengths = [len((line.get("points") or "").split()) for line in with_class(svg, "line")]
    assert lengths == [10, MOST_BARS + 1 - 13]


def test_the_axis_holds_every_value_and_begins_at_zero() -> None:
    for most in (0, 0.3, 1, 4.9, 5, 37, 999, 12345):
        svg = drawn([point(most)])
        ticks = [
            float(text.text or "") for text in with_class(svg, "tick") if text.get("text-anchor") == "end"
        ]
        assert ticks[0] == 0
        assert ticks[-1] >= most
        assert len(ticks) <= 7
        for bar in with_class(svg, "bar"):
            assert 0 <= float(bar.get("y") or -1) <= HEIGHT - BOTTOM


def test_steps_are_round() -> None:
    assert [tick_step(most) for most in (0, 1, 4, 9, 26, 400)] == [1, 0.2, 1, 2, 10, 100]


def test_texts_are_escaped() -> None:
    name = '"><script>'
    svg = drawn([ChartPoint(name, name, name, 1.0)], name)
    assert svg.get("aria-label") == name
    assert not list(svg.iter(f"{SVG}script"))


def test_no_points_are_an_empty_chart() -> None:
    assert not with_class(drawn([]), "bar")


def test_the_axis_of_times_has_room_for_its_labels() -> None:
    svg = drawn([point(1, place) for place in range(300)])
    places = [
        float(text.get("x") or 0) for text in with_class(svg, "tick") if text.get("text-anchor") == "middle"
    ]
    assert all(after - before > 60 for before, after in pairwise(places))
