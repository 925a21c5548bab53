"""The bill of the registered cameras, and what other settings would cost, as values. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from infra.cost.certainty import variance_factor
from infra.cost.counts import Counts
from infra.cost.fleet import Fleet
from infra.cost.model import BillLine
from infra.cost.prices import Prices
from infra.cost.registered import fleet_of
from infra.cost.savings import Bills, IntervalCost, Saving, interval_costs, savings
from infra.cost.shares import Share, StackBill
from ingest.registry.camera import Camera

CSV_COLUMNS = ("camera_id", "store_id", "item", "unit", "units", "usd")
VIDEO = ("kvs_in", "kvs_out", "kvs_stored", "kvs_images")
DIGITS = 6
"""Decimals of units and USD in JSON and CSV."""


@dataclass(frozen=True)
class CameraCost:
    """A camera with its share of the bill."""

    camera: Camera
    fleet: Fleet
    share: Share


@dataclass(frozen=True)
class Estimate:
    """A month of 30 days of a stack. `stay` is the visitors' mean stay, None if the operator gave none."""

    stack: str
    prices: Prices
    assumed: Fleet
    bill: StackBill
    cameras: list[CameraCost]
    savings: list[Saving]
    intervals: list[IntervalCost]
    stay: timedelta | None

    def factor(self, sample_every: float) -> float | None:
        """The factor of the variance of visits at that interval; None without a stay."""
        return variance_factor(sample_every, self.stay) if self.stay else None


def assumed_fleet(parameters: Mapping[str, str], own: Fleet) -> Fleet:
    """`own`, with the parameters of the deployed stack; one of an older version may lack some."""
    return replace(
        own,
        row_days=int(parameters.get("RowRetentionDays", own.row_days)),
        log_days=int(parameters.get("LogRetentionDays", own.log_days)),
        detect_labels_per_second=float(parameters.get("DetectLabelsPerSecond", own.detect_labels_per_second)),
    )


@dataclass(frozen=True)
class Basis:
    """What an estimate is computed from, beside the cameras."""

    stack: str
    assumed: Fleet
    prices: Prices
    counts: Counts
    stay: timedelta | None = None


def estimate(cameras: Iterable[Camera], basis: Basis) -> Estimate:
    """The estimate, with the cameras by store and ID."""
    ordered = sorted(cameras, key=lambda camera: (camera.store_id, camera.camera_id))
    assumed = replace(basis.assumed, stores=max(1, len({camera.store_id for camera in ordered})))
    fleets = {camera.camera_id: fleet_of(camera, assumed) for camera in ordered}
    bills = Bills(assumed, basis.prices, basis.counts)
    bill = bills.of(fleets)
    return Estimate(
        basis.stack,
        basis.prices,
        assumed,
        bill,
        [CameraCost(camera, fleets[camera.camera_id], bill.cameras[camera.camera_id]) for camera in ordered],
        savings(fleets, bills),
        interval_costs(fleets, bills) if fleets else [],
        basis.stay,
    )


def json_values(found: Estimate) -> dict[str, Any]:
    """The estimate for JSON; money in USD, all amounts of a month."""
    return {
        "stack": found.stack,
        "days": found.assumed.days,
        "prices": {"date": found.prices.date, "region": found.prices.region},
        "assumed": _assumptions(found),
        "usd": _rounded(found.bill.total),
        "items": [_item(line) for line in found.bill.lines],
        "cameras": [
            {
                "camera_id": cost.camera.camera_id,
                "store_id": cost.camera.store_id,
                "sample_every": cost.fleet.sample_every,
                "hours_a_day": _rounded(cost.fleet.hours),
                "variance_factor": found.factor(cost.fleet.sample_every),
                **_share(cost.share),
            }
            for cost in found.cameras
        ],
        "without_cameras": _share(found.bill.stack),
        "savings": [
            {"change": saving.change, "cameras": saving.cameras, "usd": _rounded(saving.usd)}
            for saving in found.savings
        ],
        "intervals": [
            {
                "sample_every": cost.sample_every,
                "images": _rounded(cost.images),
                "usd": _rounded(cost.usd),
                "variance_factor": found.factor(cost.sample_every),
            }
            for cost in found.intervals
        ],
    }


def csv_rows(found: Estimate) -> Iterable[tuple[object, ...]]:
    """The cells of CSV_COLUMNS for each camera and item; the stack's own lines have no camera."""
    units = {line.name: line.unit for line in found.bill.lines}
    shares = [(cost.camera.camera_id, cost.camera.store_id, cost.share) for cost in found.cameras]
    for camera_id, store_id, share in [*shares, ("", "", found.bill.stack)]:
        for name, unit in units.items():
            yield camera_id, store_id, name, unit, _rounded(share.units[name]), _rounded(share.usd[name])


def _assumptions(found: Estimate) -> dict[str, Any]:
    assumed = found.assumed
    return {
        "bit_rate": assumed.bit_rate,
        "fragment": assumed.fragment,
        "send": "keyframes" if assumed.keyframes else "all",
        "only_open": assumed.only_open,
        "retention": assumed.retention,
        "row_days": assumed.row_days,
        "log_days": assumed.log_days,
        "stay": found.stay.total_seconds() if found.stay else None,
    }


def _item(line: BillLine) -> dict[str, Any]:
    return {
        "item": line.name,
        "unit": line.unit,
        "units": _rounded(line.units),
        "price": line.price,
        "usd": _rounded(line.usd),
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "usd": _rounded(share.total),
        "items": {
            name: {"units": _rounded(used), "usd": _rounded(share.usd[name])}
            for name, used in share.units.items()
        },
    }


def _rounded(value: float) -> float:
    return round(value, DIGITS)
