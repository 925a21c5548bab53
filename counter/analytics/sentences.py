"""Intervals and unknown figures in words that a shop manager reads. Pure."""

from counter.analytics.figures import Basis, Evidence

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def explain(basis: Basis) -> str:
    """One sentence on how sure a figure is, and how that is known."""
    off = _off(basis.off)
    match basis.evidence:
        case Evidence.REPLAY:
            return f"The same hours hidden on {basis.days} complete days: {off}."
        case Evidence.BESIDE:
            return f"{percent(basis.missing)} is missing and estimated from the counts beside it: {off}."
        case Evidence.MOMENTS:
            return f"Nothing is missing; people come and go between two counts: {off}."
        case Evidence.DAYS:
            kind = "days" if basis.weekday is None else WEEKDAYS[basis.weekday]
            return f"From {basis.days} {kind}: another {basis.days} would give a figure that is {off}."
        case Evidence.COUNTED:
            if basis.missing:
                return f"{percent(basis.missing)} is missing: it may have been more."
            return "The most that was counted at once."


def percent(share: float) -> str:
    """`8 %`, or `less than 1 %`."""
    return "less than 1 %" if 0 < share < 0.01 else f"{share * 100:.0f} %"


def _off(off: float | None) -> str:
    return "nearly nobody is there" if off is None else f"off by {percent(off)}"


def nothing_counted() -> str:
    """Why a figure is unknown: there is not one count."""
    return "nothing was counted"


def no_histograms() -> str:
    """Why a figure is unknown: a zone has person-seconds and no histogram."""
    return "the roll-ups are older than the histograms of zones"


def too_few_days(missing: float, days: int, needed: int) -> str:
    """Why a figure is unknown: too much is missing for what is known of usual days."""
    number = {0: "is none", 1: "is only 1"}.get(days, f"are only {days}")
    past = f"of {needed} earlier days counted at the same hours there {number}"
    return f"{percent(missing)} is missing, and {past}"


def too_few_weekdays(weekday: int, days: int) -> str:
    """Why a usual figure is unknown: days of one weekday differ, and one does not show by how much.

    `days` are all that there were.
    """
    if days == 1:
        return f"there is only one of the {WEEKDAYS[weekday]}"
    return f"of {days} {WEEKDAYS[weekday]} only one is counted well enough"


def under_half_counted(weekday: int) -> str:
    """Why a usual figure is unknown: too little was counted on each of the days."""
    return f"under half was counted on each of the {WEEKDAYS[weekday]}"


def gaps_not_filled(weekday: int) -> str:
    """Why a usual figure is unknown: no past days stand in for the gaps, and what is beside them is not what
    is usual.
    """
    return f"the {WEEKDAYS[weekday]} have gaps, and too few earlier days were counted at the same hours"


def too_wide(half_width: float, value: float) -> str:
    """Why a figure is unknown: its interval is too wide to be of use."""
    if value <= 0 or half_width > value:
        return "too much is missing: the figure could be off by more than itself"
    return f"too much is missing: the figure could be off by {percent(half_width / value)}"
