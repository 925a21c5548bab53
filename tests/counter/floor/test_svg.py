import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from counter.floor import svg as drawing_module
from counter.floor.floor_map import FloorMap
from counter.floor.picture_map import PictureMap
from counter.floor.plan import FloorPlan
from counter.floor.svg import WIDTH, Drawing, FloorWords, change_svg, heat_svg, picture_svg, plain_number
from counter.floor.zones import FloorZone
from counter.report.colours import channels, contrast

SVG = "{http://www.w3.org/2000/svg}"
PLAN = FloorPlan(4, 2)
"""Eight cells of 95 units in a row, four rows."""
DENSITY = np.array([[0, 1, 1, 2, 0, 0, np.nan, np.nan], [4, 0, 0, 0, 0, 0, 0, 0], [0] * 8, [0] * 8], float)
FOUND = FloorMap(PLAN, DENSITY, ())
CSS = (Path(drawing_module.__file__).parent / "floor.css").read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own text


def with_class(svg: ET.Element, name: str, tag: str) -> list[ET.Element]:
    return [element for element in svg.iter(f"{SVG}{tag}") if element.get("class") == name]


def boxes(path: ET.Element) -> list[list[float]]:
    """Left, top, right, bottom of each run."""
    runs = re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)H[\d.]+z", path.get("d") or "")
    return [[float(number) for number in run] for run in runs]


def test_cells_are_drawn_by_step_where_they_lie() -> None:
    svg = parsed(heat_svg(FOUND, Drawing()))
    (ones,), (twos,), (fours,) = (with_class(svg, f"heat-{n}", "path") for n in (1, 2, 4))
    assert boxes(ones) == [[95, 0, 285, 95]]
    assert boxes(twos) == [[285, 0, 380, 95]]
    assert boxes(fours) == [[0, 95, 95, 190]]


def test_what_nobody_sees_is_hatched_and_has_no_colour() -> None:
    svg = parsed(heat_svg(FOUND, Drawing(ident="left")))
    (unseen,) = with_class(svg, "unseen", "path")
    assert unseen.get("fill") == "url(#left-unseen)"
    assert boxes(unseen) == [[570, 0, 760, 95]]
    assert {element.get("id") for element in svg.iter(f"{SVG}pattern")} == {"left-unseen"}


def test_each_place_is_drawn_once_for_any_size_of_cells() -> None:
    """Rounded edges meet: the boxes of a row cover it without a gap and without an overlap."""
    plan = FloorPlan(17.3, 5.1)
    values = np.random.default_rng(1).integers(0, 9, plan.shape).astype(float)
    values[values == 8] = np.nan
    svg = parsed(heat_svg(FloorMap(plan, values, ()), Drawing()))
    rows: dict[tuple[float, float], list[list[float]]] = {}
    for path in svg.iter(f"{SVG}path"):
        for box in boxes(path):
            rows.setdefault((box[1], box[3]), []).append(box)
    assert len(rows) == plan.shape[0]
    for runs in rows.values():
        ordered = sorted(runs)
        assert ordered[0][0] == 0
        assert ordered[-1][2] >= WIDTH
        assert [run[2] for run in ordered[:-1]] == [run[0] for run in ordered[1:]]


def test_the_legend_has_every_step_with_its_value_and_the_unit() -> None:
    words = FloorWords(
        unit="Minuten", unseen="nicht gesehen", number=lambda value: f"{value:.1f}".replace(".", ",")
    )
    svg = parsed(heat_svg(FOUND, Drawing(words)))
    assert [text.text for text in with_class(svg, "tick", "text")] == [
        "0,0",
        "1,0",
        "2,0",
        "3,0",
        "4,0",
        "nicht gesehen",
    ]
    assert [text.text for text in with_class(svg, "unit", "text")] == ["Minuten"]
    for number in range(5):
        assert len(with_class(svg, f"heat-{number}", "rect")) == 1


def test_an_open_end_of_the_scale_says_so() -> None:
    values = np.full((10, 20), 3.0)
    values[0, 0] = 900
    ticks = with_class(parsed(heat_svg(FloorMap(FloorPlan(10, 5), values, ()), Drawing())), "tick", "text")
    assert ticks[-2].text == "≥ 3"
    ticks = with_class(parsed(change_svg(FloorPlan(10, 5), -values, Drawing())), "tick", "text")
    assert [ticks[0].text, ticks[6].text] == ["≤ -3", "≥ 3"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.05, "0.05"), (12.5, "12.5"), (999.96, "1,000"), (12345.6, "12,346")]
)
def test_numbers_have_no_exponent(value: float, text: str) -> None:
    assert plain_number(value) == text


def test_a_difference_is_drawn_with_its_own_classes() -> None:
    svg = parsed(change_svg(PLAN, DENSITY - 1, Drawing()))
    assert with_class(svg, "more-3", "path")
    assert with_class(svg, "less-1", "path")
    assert with_class(svg, "same", "path")


def test_the_plan_lies_below_the_cells_and_the_zones_above() -> None:
    zone = FloorZone("shelf", "a", ((1, 0.5), (3, 0.5), (3, 1.5), (1, 1.5)), 1234, 2)
    hidden = FloorZone("store-room", "a", (), 5, 2)
    text = heat_svg(FOUND, Drawing(image="/plans/s.png", zones=[zone, hidden]))
    svg = parsed(text)
    assert text.index("<image") < text.index("<path") < text.index('class="zone"')
    (image,) = svg.iter(f"{SVG}image")
    assert image.get("href") == "/plans/s.png"
    assert svg.get("class") == "floor on-plan"
    (polygon,) = with_class(svg, "zone", "polygon")
    assert polygon.get("points") == "190.0,95.0 570.0,95.0 570.0,285.0 190.0,285.0"
    assert [text.text for text in with_class(svg, "zone-name", "text")] == ["shelf"]
    assert [text.text for text in with_class(svg, "zone-minutes", "text")] == ["1,234 min"]
    assert "store-room" not in text


@pytest.mark.parametrize(
    "image",
    [
        "https://example.org/a.png",
        "//example.org/a.png",
        "javascript:alert(1)",
        "data:text/html,x",
        "/\\e.org",
    ],
)
def test_pictures_of_other_hosts_are_refused(image: str) -> None:
    with pytest.raises(ValueError, match="is on another host"):
        Drawing(image=image)


@pytest.mark.parametrize(
    "image", ["", "plan.svg", "plans/a:b.png", "/plans/a.png?v=1&x=2", "data:image/png;base64,AA"]
)
def test_pictures_of_our_own_are_taken(image: str) -> None:
    assert image in [*(each.get("href") for each in parsed(heat_svg(FOUND, Drawing(image=image))).iter()), ""]


def test_names_with_markup_stay_names() -> None:
    name = '</text><script>alert("1")</script>\x00&'
    zone = FloorZone(name, "a", ((1, 0.5), (3, 0.5), (3, 1.5)), 1, 2)
    words = FloorWords(name=name, unit=name, unseen=name, minutes=name)
    svg = parsed(heat_svg(FOUND, Drawing(words, zones=[zone], ident='"><script>')))
    assert not list(svg.iter(f"{SVG}script"))
    shown = name.replace("\x00", "")
    assert svg.get("aria-label") == shown
    assert with_class(svg, "zone-name", "text")[0].text == shown
    assert with_class(svg, "unit", "text")[0].text == shown


def test_nothing_is_styled_in_line_unless_the_file_stands_alone() -> None:
    assert "style" not in heat_svg(FOUND, Drawing(image="/p.png"))
    alone = parsed(heat_svg(FOUND, Drawing(css=CSS)))
    assert [style.text for style in alone.iter(f"{SVG}style")] == [CSS]


def test_a_picture_has_its_grid_in_16_to_9() -> None:
    minutes = np.zeros((36, 64))
    minutes[35, 63] = 3
    svg = parsed(picture_svg(PictureMap("a", date.min, minutes, 1), Drawing()))
    (hot,) = with_class(svg, "heat-3", "path")
    assert boxes(hot) == [[748.1, 415.6, 760, 427.5]]


def test_a_large_map_is_small() -> None:
    """A shop of 30 m x 20 m, each cell another step than its neighbours."""
    values = np.random.default_rng(2).random((40, 60)) * 5
    assert len(heat_svg(FloorMap(FloorPlan(30, 20), values, ()), Drawing())) < 60_000


STEPS = [f"heat-{n}" for n in range(6)]
CHANGES = [f"less-{n}" for n in (3, 2, 1)], [f"more-{n}" for n in (3, 2, 1)]


def colour(css: str, name: str) -> str:
    found = re.search(rf"\.{name} {{ fill: (#[0-9a-f]{{6}})", css)
    assert found, name
    return found[1]


def test_colours_run_evenly_from_light_to_dark_and_the_other_way_on_a_dark_page() -> None:
    light, dark = CSS.split("@media", 1)
    for css, paper in ((light, "#ffffff"), (dark, "#0d1117")):
        for names in (STEPS[::-1], *CHANGES):
            ratios = [contrast(channels(colour(css, name)), channels(paper)) for name in names]
            assert all(strong > 1.2 * weak for strong, weak in pairwise(ratios)), (
                names,
                ratios,
            )


def test_every_class_of_a_map_is_in_the_style_sheet() -> None:
    zone = FloorZone("shelf", "a", ((1, 0.5), (3, 0.5), (3, 1.5)), 1, 2)
    drawing = Drawing(image="/p.png", zones=[zone])
    plain = heat_svg(FOUND, Drawing())
    used = re.findall(
        r'class="([^"]+)"', heat_svg(FOUND, drawing) + change_svg(PLAN, DENSITY, drawing) + plain
    )
    # `unseen` is filled by its attribute.
    for name in {part for names in used for part in names.split()} - {"unseen"}:
        assert f".{name}" in CSS, name
