"""Charts as SVG: a line with its band, or bars with their intervals. Pure.

Colours come from the classes of `page.css`. What is not known is a hole in the line and an empty place among
the bars, never a zero.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 12, 34
MOST_BARS = 62
"""With more, bars are too thin to tell apart and too many stops for a keyboard: a line is drawn."""
_LABELS = 9
_TICKS = 5


@dataclass(frozen=True)
class ChartPoint:
    """A value with its interval, None if it is not known; `target` is the id of its row in the table.

    `tick` is what the axis says below it, `text` what a reader hears.
    """

    tick: str
    text: str
    target: str
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def top(self) -> float:
        """The highest value to be drawn."""
        return max(self.value or 0.0, self.high or 0.0)


def chart(points: Sequence[ChartPoint], name: str) -> str:
    """The chart of some points: bars as long as they can be told apart, else a line with its band."""
    scale = _Scale.of(points)
    drawn = _bars if len(points) <= MOST_BARS else _line
    role = "group" if len(points) <= MOST_BARS else "img"
    inner = "".join([*scale.axes(points), *drawn(points, scale)])
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg class="chart" {box} role="{role}" aria-label="{escape(name)}">{inner}</svg>'


@dataclass(frozen=True)
class _Scale:
    """Where values and places are in the drawing."""

    number: int
    step: float
    steps: int

    @classmethod
    def of(cls, points: Sequence[ChartPoint]) -> "_Scale":
        step = tick_step(max((point.top for point in points), default=0.0))
        most = max((point.top for point in points), default=0.0)
        return cls(len(points), step, max(ceil(most / step - 1e-9), 1))

    def x(self, place: float) -> float:
        """The middle of a place."""
        return LEFT + (place + 0.5) * self.width

    @property
    def width(self) -> float:
        """The width of a place."""
        return (WIDTH - LEFT - RIGHT) / max(self.number, 1)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - value / (self.step * self.steps) * (HEIGHT - TOP - BOTTOM)

    def axes(self, points: Sequence[ChartPoint]) -> Iterator[str]:
        for number in range(self.steps + 1):
            height = self.y(number * self.step)
            yield f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
            tick = f"{number * self.step:g}"
            yield f'<text class="tick" text-anchor="end" x="{LEFT - 6}" y="{height + 4:.1f}">{tick}</text>'
        every = max(ceil(len(points) / _LABELS), 1)
        for place in range(0, len(points), every):
            yield (
                f'<text class="tick" text-anchor="middle" x="{self.x(place):.1f}" y="{HEIGHT - BOTTOM + 18}">'
                f"{escape(points[place].tick)}</text>"
            )


def tick_step(most: float) -> float:
    """A round step so that about five of them reach the highest value."""
    if most <= 0:
        return 1.0
    size = 10.0 ** floor(log10(most / _TICKS))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor * _TICKS >= most - 1e-9)


def _bars(points: Sequence[ChartPoint], scale: _Scale) -> Iterator[str]:
    """Each bar is a link to its row, so that a keyboard reaches it."""
    wide = min(scale.width * 0.7, 40)
    for place, point in enumerate(points):
        middle = scale.x(place)
        text = escape(point.text)
        yield f'<a href="#{escape(point.target)}" aria-label="{text}"><title>{text}</title>'
        if point.value is None:
            yield (
                f'<rect class="unknown" x="{middle - wide / 2:.1f}" y="{scale.y(0) - 8:.1f}"'
                f' width="{wide:.1f}" height="8"/>'
            )
        else:
            height = scale.y(0) - scale.y(point.value)
            yield (
                f'<rect class="bar" x="{middle - wide / 2:.1f}" y="{scale.y(point.value):.1f}"'
                f' width="{wide:.1f}" height="{height:.1f}"/>'
            )
            yield _whisker(point, middle, scale)
        yield "</a>"


def _whisker(point: ChartPoint, middle: float, scale: _Scale) -> str:
    if point.low is None or point.high is None:
        return ""
    return (
        f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}"'
        f' y1="{scale.y(point.low):.1f}" y2="{scale.y(point.high):.1f}"/>'
    )


def _line(points: Sequence[ChartPoint], scale: _Scale) -> Iterator[str]:
    for run in _runs(points):
        upper = [(scale.x(place), scale.y(_end(point.high, point))) for place, point in run]
        lower = [(scale.x(place), scale.y(_end(point.low, point))) for place, point in run]
        middle = [(scale.x(place), scale.y(point.value or 0.0)) for place, point in run]
        if len(run) == 1:
            # A line of one point would not show.
            yield f'<circle class="dot" cx="{middle[0][0]:.1f}" cy="{middle[0][1]:.1f}" r="2"/>'
            continue
        yield f'<polygon class="band" points="{_path([*upper, *reversed(lower)])}"/>'
        yield f'<polyline class="line" points="{_path(middle)}"/>'


def _runs(points: Sequence[ChartPoint]) -> Iterator[list[tuple[int, ChartPoint]]]:
    """The stretches of known points."""
    run: list[tuple[int, ChartPoint]] = []
    for place, point in enumerate(points):
        if point.value is not None:
            run.append((place, point))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _end(bound: float | None, point: ChartPoint) -> float:
    return (point.value or 0.0) if bound is None else bound


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
