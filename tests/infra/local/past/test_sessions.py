from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from infra.local.past.chain import chain
from infra.local.past.sessions import Session, sessions, sessions_of_day, stays
from infra.local.past.shops import Shop
from ingest.registry.opening_hours import parse
from ingest.times import EPOCH, to_text

LAST = date(2026, 11, 29)
BERLIN, CHICAGO, MADRID = chain(date(2026, 1, 1))
NIGHTS = parse("fri-sat 18:00-03:30")


def _span(found: Session) -> tuple[str, str]:
    return to_text(found.opens)[5:16], to_text(found.closes)[5:16]


@pytest.mark.parametrize(
    ("day", "span", "hours"),
    [
        # UTC+1 in winter.
        (date(2026, 11, 27), ("11-27T17:00", "11-28T02:30"), 9.5),
        # Clocks are set back at 03:00 of the 25th: UTC+2 at the beginning, UTC+1 at the end.
        (date(2026, 10, 24), ("10-24T16:00", "10-25T02:30"), 10.5),
        # Clocks are set forward at 02:00 of the 29th: UTC+1 at the beginning, UTC+2 at the end.
        (date(2026, 3, 28), ("03-28T17:00", "03-29T01:30"), 8.5),
    ],
)
def test_a_session_has_the_hours_that_really_pass(day: date, span: tuple[str, str], hours: float) -> None:
    (found,) = sessions(NIGHTS, "Europe/Madrid", day)
    assert _span(found) == span
    assert found.closes - found.opens == timedelta(hours=hours)


def test_a_calendar_day_has_the_end_of_the_night_before() -> None:
    calendar = MADRID.store.calendar
    days = [
        [found.day.day for found in sessions_of_day(NIGHTS, calendar, date(2026, 11, day))]
        for day in (26, 27, 28, 29, 30)
    ]
    assert days == [[], [27], [27, 28], [28], []]


def _mean_people(shop: Shop, first: date, days: int, last: date = LAST) -> float:
    """Person-hours over open hours, on days of one weekday."""
    hours = shop.views[0].camera.sampling.opening_hours
    people = open_for = 0.0
    for number in range(days):
        (session,) = sessions(hours, shop.store.time_zone, first - timedelta(weeks=number))
        found = stays(shop, session, last, seed=3)
        people += float((found.leave - found.arrive)[~found.staff].sum())
        open_for += (session.closes - session.opens).total_seconds()
    return people / open_for


def _calm(shop: Shop) -> Shop:
    """Without growth, and without holidays: a country that has none."""
    return replace(
        shop, footfall=replace(shop.footfall, growth=0.0), store=replace(shop.store, country="", region="")
    )


def test_the_mean_number_of_people_is_that_of_the_demand() -> None:
    """18 people x 1.0 on a Thursday.

    Nobody is there in the morning, and nobody after closing time: with a stay of 14 min, its coefficient of
    variation 1, and 11 h, that takes about 1 % of it away. The day factor of 0.15 and the drift leave the
    mean of 100 days a standard error of about 2 %.
    """
    assert _mean_people(_calm(BERLIN), date(2026, 11, 26), 100) == pytest.approx(18, rel=0.06)


def test_demand_grows_to_the_last_day() -> None:
    """26 weeks before the end, at 1 % a week: 1 / 1.01 ** 26 = 0.772 of the footfall."""
    shop = replace(CHICAGO, store=replace(CHICAGO.store, country="", region=""))
    shop = replace(shop, footfall=replace(shop.footfall, day_spread=0.0, drift_spread=0.0))
    monday = date(2026, 11, 23)
    now = _mean_people(shop, monday, 1, last=monday)
    then = _mean_people(shop, monday, 1, last=monday + timedelta(weeks=26))
    assert then / now == pytest.approx(0.772, rel=0.1)


def test_a_holiday_has_no_visitors_and_no_staff() -> None:
    (session,) = sessions(parse("sat 10:00-20:00"), "Europe/Berlin", date(2026, 10, 3))
    assert len(stays(BERLIN, session, LAST, seed=0).arrive) == 0


def test_groups_enter_and_leave_together_and_a_visit_goes_from_area_to_area() -> None:
    (session,) = sessions(parse("sat 18:00-23:00"), "Europe/Madrid", date(2026, 11, 28))
    found = stays(MADRID, session, LAST, seed=0)
    sizes = np.unique(found.entered, return_counts=True)[1]
    assert sizes.mean() == pytest.approx(2.4, rel=0.2)
    bar, tables = (~found.staff & (found.area == number) for number in (0, 1))
    # Whoever leaves the bar before closing time sits down at the same moment.
    closes = (session.closes - EPOCH).total_seconds()
    left_bar = np.sort(found.leave[bar][found.leave[bar] < closes])
    assert np.allclose(left_bar, np.sort(found.arrive[tables]))


def test_nobody_is_there_outside_the_session_and_staff_only_where_they_work() -> None:
    (session,) = sessions(parse("mon 09:00-20:00"), "Europe/Berlin", date(2026, 11, 23))
    found = stays(BERLIN, session, LAST, seed=0)
    opens, closes = ((moment - EPOCH).total_seconds() for moment in (session.opens, session.closes))
    assert found.arrive.min() >= opens
    assert found.leave.max() <= closes
    assert (found.leave >= found.arrive).all()
    assert set(found.area[found.staff].tolist()) == {2}
    assert found.staff.sum() > 10


def test_the_seed_decides() -> None:
    (session,) = sessions(parse("mon 09:00-20:00"), "Europe/Berlin", date(2026, 11, 23))
    first, again, other = (stays(BERLIN, session, LAST, seed) for seed in (0, 0, 1))
    assert first.arrive.tolist() == again.arrive.tolist()
    assert first.arrive.tolist()[:5] != other.arrive.tolist()[:5]
