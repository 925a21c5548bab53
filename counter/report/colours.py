"""The colours of the week: light for few people, dark for many, with text that can be read on them. Pure."""

from dataclasses import dataclass

Channels = tuple[int, int, int]

_STOPS: tuple[Channels, ...] = (
    (239, 247, 252), (190, 221, 240), (107, 174, 214), (49, 130, 189), (8, 81, 156), (8, 38, 88),
)  # fmt: skip
"""One hue, its lightness falling evenly: it also shows in print and to those who see no hues."""
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@dataclass(frozen=True)
class CellColours:
    """Ground and text of a cell, as `#rrggbb`."""

    ground: str
    text: str


def cell_colours(share: float) -> CellColours:
    """The colours for a share of the highest value, 0..1."""
    ground = _between(min(max(share, 0.0), 1.0))
    return CellColours(_hex(ground), _hex(max(BLACK, WHITE, key=lambda text: contrast(text, ground))))


def contrast(first: Channels, second: Channels) -> float:
    """The contrast ratio of two colours, 1..21 ("contrast ratio", WCAG 2.2)."""
    dark, light = sorted((_luminance(first), _luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def channels(colour: str) -> Channels:
    """The channels of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _between(share: float) -> Channels:
    place = share * (len(_STOPS) - 1)
    before = min(int(place), len(_STOPS) - 2)
    rest = place - before
    red, green, blue = (
        round(low + rest * (high - low)) for low, high in zip(_STOPS[before], _STOPS[before + 1], strict=True)
    )
    return red, green, blue


def _luminance(colour: Channels) -> float:
    """Relative luminance ("relative luminance", WCAG 2.2)."""
    red, green, blue = (
        channel / 255 / 12.92 if channel / 255 <= 0.04045 else ((channel / 255 + 0.055) / 1.055) ** 2.4
        for channel in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(colour: Channels) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)
