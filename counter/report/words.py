"""Figures in words and numbers, the same on the terminal and on a page. Pure."""

from math import floor

from counter.analytics.figures import Figure, Instants, Kind, Knowledge, Measure
from counter.analytics.sentences import explain
from counter.diagnosis.reasons import REASONS

DASH = "–"  # noqa: RUF001 - an interval is set with an en dash

_NAMES = {
    Measure.MEAN: "people on average",
    Measure.PERSON_MINUTES: "person-minutes",
    Measure.SHARE: "time with anybody",
    Measure.MEDIAN: "median",
    Measure.P90: "90 % of the time at most",
    Measure.PEAK: "peak",
}
_OF_QUARTERS = {Measure.MEDIAN, Measure.P90, Measure.PEAK}


def measure_name(measure: Measure, kind: Kind) -> str:
    """What is measured; for an area or a store it says which figures are of quarter hours."""
    if measure in _OF_QUARTERS and kind in {Kind.AREA, Kind.STORE}:
        return f"{_NAMES[measure]} (of quarter hours)"
    return _NAMES[measure]


def number(value: float, measure: Measure = Measure.MEAN) -> str:
    """`12.3`, `1,230`, or `45 %` for a share."""
    if measure is Measure.SHARE:
        return f"{value * 100:.0f} %"
    return f"{value:,.1f}" if abs(value) < 99.95 else f"{value:,.0f}"


def value_words(figure: Figure, measure: Measure = Measure.MEAN) -> str:
    """The value, or the status of a figure without one. Never 0 for what is not known."""
    if figure.value is None:
        return figure.status.value
    text = number(figure.value, measure)
    return f"at least {text}" if figure.at_least else text


def interval_words(figure: Figure, measure: Measure = Measure.MEAN) -> str:
    """`11.8-12.9` with a dash between; nothing without an upper end."""
    if figure.value is None or figure.low is None or figure.high is None:
        return ""
    return f"{number(figure.low, measure)}{DASH}{number(figure.high, measure)}"


def status_words(figure: Figure) -> str:
    """`known`, `unknown: nothing was counted`."""
    return f"{figure.status}: {figure.reason}" if figure.reason else figure.status.value


def certainty_words(figure: Figure) -> str:
    """The sentence on how sure a figure is, or why there is none; nothing for a closed span."""
    if figure.basis is not None:
        return _sentence(explain(figure.basis))
    if figure.status is Knowledge.PENDING and not figure.reason:
        return "Not closed yet."
    return _sentence(f"{figure.reason}.") if figure.reason else ""


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def coverage_words(instants: Instants) -> str:
    """`97 %`, rounded down: 100 % has no gap. Nothing without a closed instant."""
    coverage = instants.coverage
    return "" if coverage is None else f"{floor(coverage * 100 + 1e-9)} %"


def gap_codes(instants: Instants) -> str:
    """`no_media 3, no_frame 1`, the most frequent first."""
    return ", ".join(f"{reason} {count}" for reason, count in _by_frequency(instants))


def gap_sentence(instants: Instants) -> str:
    """`3 without video (no_media); 1 that the pull has not handled (not_pulled)`."""
    return "; ".join(f"{count} {_words(reason)}" for reason, count in _by_frequency(instants))


def _by_frequency(instants: Instants) -> list[tuple[str, int]]:
    return sorted(instants.gaps.items(), key=lambda gap: (-gap[1], gap[0]))


def _words(reason: str) -> str:
    """A reason of a later version has only its name."""
    known = {known.value: words for known, (words, _) in REASONS.items()}
    return f"{known[reason]} ({reason})" if reason in known else reason
