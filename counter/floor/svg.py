"""Heat maps as SVG: coloured cells over the floor plan, hatched where no camera sees. Pure.

Colours come from the classes of `floor.css`, so that a page can forbid inline styles; a file that stands
alone has them inside (`css`). Cells of one colour are one path.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from counter.analytics.estimation.arrays import Floats, Ints
from counter.floor.floor_map import FloorMap
from counter.floor.picture_map import PictureMap
from counter.floor.plan import CELL, FloorPlan
from counter.floor.steps import ColourScale, change_scale, heat_scale
from counter.floor.zones import FloorZone
from counter.rows.feet import COLUMNS, ROWS

WIDTH = 760
LEGEND = 74
_SWATCH = 44
_PICTURE_HEIGHT = WIDTH * 9 / 16


def plain_number(value: float) -> str:
    """`0.05`, `12.5`, `1,235`."""
    return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


@dataclass(frozen=True)
class FloorWords:
    """The texts of a map: its name for those who hear it, the unit of its figures, what hatching means."""

    name: str = "Heat map of the floor"
    unit: str = "Person-minutes per m² and counted hour"
    unseen: str = "Not seen by any camera that counted"
    minutes: str = "min"
    number: Callable[[float], str] = plain_number


@dataclass(frozen=True)
class Drawing:
    """How a map is drawn: `image` is the plan's address (a path, or `data:image/...`), `css` the style sheet
    of a file that stands alone. `ident` tells several maps of a page apart.
    """

    words: FloorWords = field(default_factory=FloorWords)
    image: str = ""
    zones: Sequence[FloorZone] = ()
    css: str = ""
    ident: str = "floor"

    def __post_init__(self) -> None:
        """Raise ValueError if the image would come from another host."""
        other = self.image.startswith(("//", "\\", "/\\")) or ":" in self.image.split("/")[0]
        if other and not self.image.startswith("data:image/"):
            raise ValueError(f"the plan's picture {self.image[:80]!r} is on another host: give a path")


def heat_svg(found: FloorMap, drawing: Drawing) -> str:
    """The map of a span."""
    return _plan_svg(found.plan, heat_scale(found.density), drawing)


def change_svg(plan: FloorPlan, change: Floats, drawing: Drawing) -> str:
    """What `difference` gives."""
    return _plan_svg(plan, change_scale(change), drawing)


def picture_svg(found: PictureMap, drawing: Drawing) -> str:
    """A camera's map in its own picture, as 16:9. Zones are not drawn."""
    scale = heat_scale(found.minutes)
    cells = _cells(scale, (WIDTH / COLUMNS, _PICTURE_HEIGHT / ROWS), drawing)
    return _svg(_PICTURE_HEIGHT, scale, drawing, [*cells])


def _plan_svg(plan: FloorPlan, scale: ColourScale, drawing: Drawing) -> str:
    metre = WIDTH / plan.width
    cells = _cells(scale, (CELL * metre, CELL * metre), drawing)
    return _svg(plan.height * metre, scale, drawing, [*cells, *_zones(drawing, metre)])


def _svg(height: float, scale: ColourScale, drawing: Drawing, layers: Sequence[str]) -> str:
    name, ident = _text(drawing.words.name), _text(drawing.ident)
    image = (
        f'<rect class="paper" width="{WIDTH}" height="{height:.1f}"/><image href="{escape(drawing.image)}"'
        f' width="{WIDTH}" height="{height:.1f}" preserveAspectRatio="none"/>'
        if drawing.image
        else f'<rect class="ground" width="{WIDTH}" height="{height:.1f}"/>'
    )
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="floor{" on-plan" if drawing.image else ""}"',
            f' viewBox="0 0 {WIDTH} {height + LEGEND:.1f}" role="img" aria-label="{name}">',
            f"<title>{name}</title>",
            f"<style>{escape(drawing.css, quote=False)}</style>" if drawing.css else "",
            f'<defs><clipPath id="{ident}-clip"><rect width="{WIDTH}" height="{height:.1f}"/></clipPath>',
            f'<pattern id="{ident}-unseen" width="7" height="7" patternUnits="userSpaceOnUse"',
            ' patternTransform="rotate(45)"><rect class="hatch" width="2" height="7"/></pattern></defs>',
            f'<g clip-path="url(#{ident}-clip)">{image}',
            *layers,
            "</g>",
            *_legend(height, scale, drawing),
            "</svg>",
        ]
    )


def _cells(scale: ColourScale, size: tuple[float, float], drawing: Drawing) -> Iterator[str]:
    """A path for each step, and a hatched one for what has no figure."""
    paths = _paths(scale.places)
    yield '<g class="cells" shape-rendering="crispEdges">'
    for place, path in sorted(paths.items()):
        fill = f'class="{scale.steps[place].name}"' if place >= 0 else _hatching(drawing)
        yield f'<path {fill} d="{_scaled(path, size)}"/>'
    yield "</g>"


def _paths(places: Ints) -> dict[int, list[tuple[int, int, int]]]:
    """For each step its runs of cells: row, first column, length."""
    paths: dict[int, list[tuple[int, int, int]]] = {}
    for row, cells in enumerate(places.tolist()):
        column = 0
        for place, run in groupby(cells):
            length = len(list(run))
            paths.setdefault(place, []).append((row, column, length))
            column += length
    return paths


def _scaled(runs: Sequence[tuple[int, int, int]], size: tuple[float, float]) -> str:
    """The runs as rectangles. Each from its rounded edge to the next one's, so that none has a seam."""
    parts = []
    for row, column, length in runs:
        left, right = round(column * size[0], 1), round((column + length) * size[0], 1)
        top, bottom = round(row * size[1], 1), round((row + 1) * size[1], 1)
        parts.append(f"M{left:g} {top:g}H{right:g}V{bottom:g}H{left:g}z")
    return "".join(parts)


def _hatching(drawing: Drawing) -> str:
    return f'class="unseen" fill="url(#{_text(drawing.ident)}-unseen)"'


def _zones(drawing: Drawing, metre: float) -> Iterator[str]:
    for zone in drawing.zones:
        if not zone.polygon:
            continue
        points = " ".join(f"{x * metre:.1f},{y * metre:.1f}" for x, y in zone.polygon)
        x, y = (place * metre for place in zone.middle)
        minutes = f"{drawing.words.number(zone.person_minutes)} {_text(drawing.words.minutes)}"
        yield f'<polygon class="zone" points="{points}"/>'
        for name, text, shift in (("zone-name", _text(zone.name), -2), ("zone-minutes", minutes, 13)):
            yield f'<text class="{name}" text-anchor="middle" x="{x:.1f}" y="{y + shift:.1f}">{text}</text>'


def _legend(height: float, scale: ColourScale, drawing: Drawing) -> Iterator[str]:
    """The unit, a swatch for each step with its value, and what hatching means."""
    words = drawing.words
    yield f'<g class="key"><text class="unit" x="0" y="{height + 18:.1f}">{_text(words.unit)}</text>'
    for place, step in enumerate(scale.steps):
        left = place * _SWATCH
        value = words.number(step.value)
        if step.open:
            value = f"≤ {value}" if step.value < 0 else f"≥ {value}"
        for name in ("swatch", step.name):
            yield (f'<rect class="{name}" x="{left}" y="{height + 26:.1f}" width="{_SWATCH}" height="16"/>')
        yield f'<text class="tick" x="{left}" y="{height + 56:.1f}">{_text(value)}</text>'
    left = (len(scale.steps) + 1) * _SWATCH
    yield f'<rect {_hatching(drawing)} x="{left}" y="{height + 26:.1f}" width="{_SWATCH}" height="16"/>'
    yield (
        f'<text class="tick" x="{left + _SWATCH + 8}" y="{height + 38:.1f}">{_text(words.unseen)}</text></g>'
    )


def _text(text: str) -> str:
    """Text for an element or an attribute, without the control characters that XML has no place for."""
    return escape("".join(letter for letter in text if letter.isprintable()))
