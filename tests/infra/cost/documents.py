"""The tables of costs in the documents, computed by the model."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.cost.data import COUNTS, PRICES
from infra.cost.fleet import Fleet
from infra.cost.model import BillLine, bill, total
from infra.cost.prices import Price
from ingest.registry.camera import Mode

ROOT = Path(__file__).parents[3]
TEN = Fleet(cameras=10, sample_every=60)
"""The fleet of the itemised table."""
VIDEO = ("kvs_in", "kvs_out", "kvs_stored", "kvs_images")
FIXED = ("metrics", "alarms", "dashboards", "schedules")


def rewrite() -> None:
    """Write the tables into the documents."""
    for page in PAGES:
        path = ROOT / page
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


def with_tables(text: str) -> str:
    """A document with its tables computed again; each is between two comments."""

    def table(match: re.Match[str]) -> str:
        return f"{match[1]}\n{TABLES[match[2]]()}\n{match[3]}"

    return re.sub(r"(<!-- costs: ([a-z-]+) -->)\n.*?(<!-- end -->)", table, text, flags=re.DOTALL)


def itemised() -> str:
    """A line for each price, of the whole stack and of one of its cameras."""
    lines = bill(TEN, PRICES, COUNTS)
    rows = [
        (line.unit, amount(line.units), line.price, usd(line.usd), usd(line.usd / TEN.cameras))
        for line in lines
    ]
    whole = total(lines)
    rows.append(("**together**", "", "", f"**{usd(whole)}**", f"**{usd(whole / TEN.cameras)}**"))
    return markdown(("what", "amount", "USD", "USD a month", "USD a camera"), rows)


def fleets() -> str:
    """Some fleets, by what they pay for."""
    rows = []
    for cameras, every in ((1, 300), (10, 300), (10, 60), (10, 10), (100, 60), (500, 60), (500, 300)):
        lines = bill(Fleet(cameras=cameras, sample_every=every), PRICES, COUNTS)
        images, video = part(lines, ("images",)), part(lines, VIDEO)
        whole = total(lines)
        rest = whole - images - video
        rows.append(
            (
                f"{cameras:,}",
                f"{every} s",
                amount(lines[0].units),
                *map(usd, (images, video, rest, whole, whole / cameras)),
            )
        )
    heads = ("cameras", "a frame every", "images", "Rekognition", "video", "the rest", "together", "a camera")
    return markdown(heads, rows)


def modes() -> str:
    """A camera-month of ten by mode, and by what the gateway sends."""
    rows = []
    for mode in (Mode.FRAGMENTS, Mode.AUTO, Mode.IMAGES, Mode.MEDIA):
        for keyframes in (False, True):
            retention = 0 if mode is Mode.MEDIA else 24
            fleet = Fleet(sample_every=60, mode=mode, keyframes=keyframes, retention=retention)
            lines = {line.name: line.usd / fleet.cameras for line in bill(fleet, PRICES, COUNTS)}
            shown = [lines[name] for name in (*VIDEO, "writes")]
            kind = f"`{mode.value}`", "`keyframes`" if keyframes else "`all`"
            rows.append((*kind, *map(usd, (*shown, sum(lines.values())))))
    heads = ("mode", "`send`", "KVS in", "KVS out", "stored", "GetImages", "DynamoDB writes", "USD a camera")
    return markdown(heads, rows)


def inspection() -> str:
    """What it costs to know what a picture shows, for ten cameras at one frame a minute."""
    rows = []
    for who, foreign in (("its sender: our pull, gateway, unit", False), ("the counter", True)):
        fleet = Fleet(sample_every=60, foreign=foreign)
        lines = {line.name: line.usd for line in bill(fleet, PRICES, COUNTS)}
        shown = [lines[name] for name in ("s3_reads", "lambda_seconds", "reads")]
        rows.append((who, *map(usd, (*shown, sum(lines.values())))))
    heads = ("who looks at the picture", "GET and HEAD of S3", "Lambda", "DynamoDB reads", "together")
    return markdown(heads, rows)


def prices() -> str:
    """Each price with its source."""
    rows = [
        (f"`{name}`", price_text(price), price.unit, price.page, "yes" if price.checked else "no")
        for name, price in PRICES.by_name.items()
    ]
    return markdown(("name", "USD", "for", "page of AWS", "looked up"), rows)


def intervals() -> str:
    """What ten cameras cost at some intervals."""
    rows = []
    for name, every in (("5 minutes (the default)", 300), ("1 minute", 60), ("10 seconds", 10)):
        lines = bill(Fleet(sample_every=every), PRICES, COUNTS)
        images, video, whole = part(lines, ("images",)), part(lines, VIDEO), total(lines)
        rest = whole - images - video
        rows.append(
            (name, amount(lines[0].units), *(f"{value:,.0f}" for value in (images, video, rest, whole)))
        )
    heads = ("one frame every", "images a month", "Rekognition, USD", "video", "the rest", "together")
    return markdown(heads, rows)


TABLES: Mapping[str, Callable[[], str]] = {
    "itemised": itemised, "fleets": fleets, "modes": modes, "inspection": inspection, "prices": prices,
    "intervals": intervals,
}  # fmt: skip
PAGES = ("docs/costs.md", "README.md")


def part(lines: Sequence[BillLine], names: Sequence[str]) -> float:
    """The USD of some prices."""
    return sum(line.usd for line in lines if line.name in names)


def price_text(price: Price) -> str:
    """`0.0010 to 1 million, then ...`."""
    texts = [f"{value:.10f}".rstrip("0").rstrip(".") for _, value in price.tiers]
    sizes = [f" for {size:,.0f}" if size < float("inf") else "" for size, _ in price.tiers]
    text = ", then ".join(value + size for value, size in zip(texts, sizes, strict=True))
    return text if price.per == 1 else f"{text} per {price.per:,.0f}"


def usd(value: float) -> str:
    """Two digits after the point."""
    return f"{value:,.2f}"


def amount(value: float) -> str:
    """Whole numbers; small amounts with two digits."""
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:,.2f}"


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    rewrite()
