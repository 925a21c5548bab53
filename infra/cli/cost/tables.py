"""An estimate as tables and sentences for the terminal. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from infra.cli.cost.estimate import VIDEO, CameraCost, Estimate
from infra.cli.terminal.tables import new_table
from infra.cli.terminal.texts import counted
from infra.cost.savings import IntervalCost
from infra.cost.shares import Share

Row = Sequence[str]


def report(found: Estimate) -> Iterator[object]:
    """All lines and tables, from the bill of each camera to what would make it less."""
    yield _heading(found)
    yield ""
    yield _table(
        ("camera", "store", "every", "h a day", "images", "Rekognition", "video", "rest", "USD"),
        2,
        _cameras(found),
    )
    yield ""
    yield _table(("item", "units", "price", "USD"), 1, _items(found))
    if found.savings:
        yield ""
        yield _table(("what would save, each alone", "cameras", "USD"), 1, _savings(found))
    if found.intervals:
        yield ""
        yield _table(
            ("a frame of all cameras every", "images", "USD", "variance of visits"), 1, _intervals(found)
        )
        yield _certainty(found)
    yield ""
    yield _assumptions(found)


def _heading(found: Estimate) -> str:
    prices = found.prices
    unchecked = sum(not price.checked for price in prices.by_name.values())
    doubt = f", {unchecked} of {len(prices.by_name)} not looked up at AWS" if unchecked else ""
    return (
        f"Stack {found.stack}, a month of {found.assumed.days} days, in USD without tax and free tiers"
        f" (prices of {prices.date} in {prices.region}{doubt}):"
    )


def _cameras(found: Estimate) -> Iterator[Row]:
    for cost in found.cameras:
        yield _camera(cost)
    yield ("the stack itself", "", "", "", *_amounts(found.bill.stack))
    whole = Share(
        {line.name: line.units for line in found.bill.lines},
        {line.name: line.usd for line in found.bill.lines},
    )
    yield ("together", "", "", "", *_amounts(whole))


def _camera(cost: CameraCost) -> Row:
    every = f"{cost.fleet.sample_every} s" if cost.camera.sampling.enabled else "disabled"
    return (
        cost.camera.camera_id,
        cost.camera.store_id,
        every,
        f"{cost.fleet.hours:.4g}",
        *_amounts(cost.share),
    )


def _amounts(share: Share) -> Row:
    """Images, and USD of Rekognition, of video, of everything else, and of all."""
    images, video = share.usd["images"], sum(share.usd[name] for name in VIDEO)
    return (
        f"{share.units['images']:,.0f}",
        *(f"{usd:,.2f}" for usd in (images, video, share.total - images - video, share.total)),
    )


def _items(found: Estimate) -> Iterator[Row]:
    for line in found.bill.lines:
        units = f"{line.units:,.0f}" if line.units >= 100 else f"{line.units:,.4g}"
        yield line.unit, units, line.price, f"{line.usd:,.2f}"
    yield "together", "", "", f"{found.bill.total:,.2f}"


def _savings(found: Estimate) -> Iterator[Row]:
    for saving in found.savings:
        yield saving.change, str(saving.cameras), f"{saving.usd:,.2f}"


def _intervals(found: Estimate) -> Iterator[Row]:
    for cost in found.intervals:
        yield f"{cost.sample_every} s", f"{cost.images:,.0f}", f"{cost.usd:,.2f}", _factor(found, cost)


def _factor(found: Estimate, cost: IntervalCost) -> str:
    factor = found.factor(cost.sample_every)
    return "" if factor is None else f"x {factor:.2f}"


def _certainty(found: Estimate) -> str:
    if found.stay is None:
        return "Give --stay, the mean stay of the visitors, to see what a slower interval costs in certainty."
    minutes = found.stay.total_seconds() / 60
    return (
        f"The variance of visits is that of continuous video, times this factor, at a mean stay of"
        f" {minutes:g} min. Live figures are as old as the interval."
    )


def _assumptions(found: Estimate) -> str:
    assumed = found.assumed
    sent = "keyframes only" if assumed.keyframes else "all frames"
    when = "in opening hours" if assumed.only_open else "day and night"
    return (
        f"Assumed of {counted(len(found.cameras), 'camera')}: video of {assumed.bit_rate:g} Mbit/s, {sent}"
        f" sent {when}, kept for {assumed.retention:g} h (--bit-rate, --send, --always-sent, --retention);"
        " three people on a frame; rows stored in full."
    )


def _table(heads: Sequence[str], left: int, rows: Iterable[Row]) -> Table:
    """The first `left` columns are texts, the others numbers."""
    table = new_table()
    for number, head in enumerate(heads):
        table.add_column(head, justify="left" if number < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table
