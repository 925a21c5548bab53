import pytest

from counter.analytics.figures import Basis, Evidence, Figure, Instants, Kind, Knowledge, Measure
from counter.report.words import (
    certainty_words,
    coverage_words,
    gap_codes,
    gap_sentence,
    interval_words,
    measure_name,
    status_words,
    value_words,
)
from ingest.frames.messages import GapReason

UNKNOWN = Figure(Knowledge.UNKNOWN, reason="nothing was counted")
KNOWN = Figure(Knowledge.KNOWN, 12.34, 11.81, 12.94, basis=Basis(Evidence.REPLAY, 24, 0.08))


@pytest.mark.parametrize(
    ("figure", "measure", "value", "interval"),
    [
        (KNOWN, Measure.MEAN, "12.3", "11.8–12.9"),  # noqa: RUF001 - an en dash
        (Figure(Knowledge.KNOWN, 0.0, 0.0, 0.4), Measure.MEAN, "0.0", "0.0–0.4"),  # noqa: RUF001
        (Figure(Knowledge.KNOWN, 10785.2, 99.96, 10820), Measure.PERSON_MINUTES, "10,785", "100–10,820"),  # noqa: RUF001
        (Figure(Knowledge.KNOWN, 0.451, 0.4, 0.5), Measure.SHARE, "45 %", "40 %–50 %"),  # noqa: RUF001
        (Figure(Knowledge.KNOWN, 14, 13, None, at_least=True), Measure.PEAK, "at least 14.0", ""),
        (UNKNOWN, Measure.MEAN, "unknown", ""),
        (Figure(Knowledge.PENDING), Measure.MEAN, "pending", ""),
        (Figure(Knowledge.CLOSED), Measure.MEAN, "closed", ""),
    ],
)
def test_values_and_intervals(figure: Figure, measure: Measure, value: str, interval: str) -> None:
    assert (value_words(figure, measure), interval_words(figure, measure)) == (value, interval)


def test_what_is_not_known_is_never_a_number() -> None:
    for status in (Knowledge.UNKNOWN, Knowledge.PENDING, Knowledge.CLOSED):
        assert not any(letter.isdigit() for letter in value_words(Figure(status)))


def test_a_status_has_its_reason_and_a_figure_its_sentence() -> None:
    assert status_words(UNKNOWN) == "unknown: nothing was counted"
    assert certainty_words(UNKNOWN) == "Nothing was counted."
    assert status_words(KNOWN) == "known"
    assert certainty_words(KNOWN) == "The same hours hidden on 24 complete days: off by 8 %."
    assert certainty_words(Figure(Knowledge.PENDING)) == "Not closed yet."
    assert certainty_words(Figure(Knowledge.CLOSED)) == ""


def test_coverage_is_rounded_down_so_that_100_percent_has_no_gap() -> None:
    assert coverage_words(Instants(1000, 999, {"no_media": 1})) == "99 %"
    assert coverage_words(Instants(100, 29, {"no_media": 71})) == "29 %"
    assert coverage_words(Instants(3, 3)) == "100 %"
    assert coverage_words(Instants(3)) == ""


def test_gaps_are_listed_by_their_number() -> None:
    gaps = Instants(10, 3, {"no_frame": 1, "no_media": 4, "from_the_future": 2})
    assert gap_codes(gaps) == "no_media 4, from_the_future 2, no_frame 1"
    assert gap_sentence(gaps) == (
        "4 without video (no_media); 2 from_the_future; 1 for which no frame was sent (no_frame)"
    )


def test_every_reason_has_its_words() -> None:
    for reason in GapReason:
        assert f"({reason.value})" in gap_sentence(Instants(1, 0, {reason.value: 1}))


def test_a_store_says_that_its_peak_is_of_quarter_hours() -> None:
    assert measure_name(Measure.PEAK, Kind.STORE) == "peak (of quarter hours)"
    assert measure_name(Measure.PEAK, Kind.CAMERA) == "peak"
