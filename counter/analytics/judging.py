"""Whether a figure is known, from its value, its uncertainty and what is missing. Pure."""

from dataclasses import dataclass
from math import hypot, inf, isfinite

from counter.analytics.estimation.student import NORMAL, t_quantile
from counter.analytics.figures import Basis, Evidence, Figure, Instants, Knowledge
from counter.analytics.past_days import LEAST_DAYS
from counter.analytics.sentences import nothing_counted, too_few_days, too_wide

WIDEST_SHARE = 0.25
WIDEST_PEOPLE = 0.5
MOST_MISSING = 0.05


@dataclass(frozen=True)
class Estimate:
    """A value before it is judged.

    `replayed` is the root mean square error of the gaps' replays on `days` past days, `noise` the standard
    error of the counted part. `beside` says that gaps were interpolated instead; then `replayed` is by how
    much that may be off.
    """

    value: float
    replayed: float = 0.0
    noise: float = 0.0
    days: int = 0
    beside: bool = False

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval."""
        # The usual day was fitted to these same days: one of them is used up.
        quantile = t_quantile(self.days - 1) if self.days > 1 else NORMAL
        return hypot(quantile * self.replayed, NORMAL * self.noise)

    def scaled(self, factor: float) -> "Estimate":
        """The same in another unit."""
        return Estimate(
            self.value * factor, self.replayed * factor, self.noise * factor, self.days, self.beside
        )


@dataclass(frozen=True)
class Evidently:
    """What is missing of a span: its instants, the share that is missing on days with too few past days, and
    their number.

    `open` is whether the span is not over, or not all closed.
    """

    instants: Instants
    unusual: float
    fewest_days: int
    open: bool

    @property
    def verdict(self) -> Figure | None:
        """The figure where no estimate can change it: closed, pending, or nothing counted; else None."""
        closed = self.instants.due - self.instants.pending
        if not closed:
            return Figure(Knowledge.PENDING if self.open else Knowledge.CLOSED)
        if not self.instants.counted:
            return self.unknown(nothing_counted())
        return None

    def unknown(self, reason: str) -> Figure:
        """An unknown figure; pending if that may still change."""
        return Figure(Knowledge.PENDING if self.open else Knowledge.UNKNOWN, reason=reason)


def judge(
    estimate: Estimate, evidence: Evidently, *, widest: float = WIDEST_PEOPLE, most: float = inf
) -> Figure:
    """The figure of an estimate.

    `widest` is the half-width that is always allowed, `most` the greatest value there can be.
    """
    verdict = evidence.verdict
    if verdict is not None:
        return verdict
    half = estimate.half_width
    if evidence.unusual > MOST_MISSING:
        return evidence.unknown(too_few_days(evidence.unusual, evidence.fewest_days, LEAST_DAYS))
    if evidence.instants.missing and half > max(WIDEST_SHARE * estimate.value, widest):
        return evidence.unknown(too_wide(half, estimate.value))
    if not isfinite(half):
        return evidence.unknown(too_wide(half, estimate.value))
    return Figure(
        Knowledge.PENDING if evidence.open else Knowledge.KNOWN,
        estimate.value,
        max(estimate.value - half, 0.0),
        min(estimate.value + half, most),
        basis=basis(estimate, evidence.instants.missing),
    )


def basis(estimate: Estimate, missing: float) -> Basis:
    """What the interval of an estimate rests on."""
    off = hypot(estimate.replayed, estimate.noise) / estimate.value if estimate.value > 0 else None
    if estimate.days:
        return Basis(Evidence.REPLAY, estimate.days, off, missing)
    return Basis(Evidence.BESIDE if missing else Evidence.MOMENTS, 0, off, missing)
