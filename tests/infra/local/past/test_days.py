from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest

from counter.history.lines import line_of
from counter.rows.occupancy import roll_up
from counter.rows.people_count import count_people
from counter.rows.rule import Rule
from infra.local.past.cameras import ended
from infra.local.past.chain import chain, wide_shop
from infra.local.past.days import PastDay, PastSettings, past_day
from ingest.frames.messages import GapReason
from ingest.times import quarter_start

FIRST = date(2026, 3, 1)
SETTINGS = PastSettings(datetime(2026, 11, 30, 16, 45, tzinfo=UTC))
SHOPS = {shop.store.store_id: shop for shop in chain(FIRST)}
DAYS = [
    ("berlin", date(2026, 11, 28)),
    ("berlin", date(2026, 11, 29)),  # a Sunday: closed
    ("berlin", date(2026, 10, 3)),  # a holiday
    ("chicago", date(2026, 11, 1)),  # clocks are set back
    ("chicago", date(2026, 11, 30)),  # the open day
    ("madrid", date(2026, 10, 25)),  # clocks are set back while it is open
    ("madrid", date(2026, 3, 29)),  # clocks are set forward while it is open
    ("madrid", date(2026, 11, 28)),  # a camera's outage
]


@pytest.fixture(scope="module")
def days() -> dict[tuple[str, date], PastDay]:
    return {(name, day): past_day(SHOPS[name], day, SETTINGS) for name, day in DAYS}


@pytest.mark.parametrize("key", DAYS)
def test_every_due_instant_has_one_row(days: dict[tuple[str, date], PastDay], key: tuple[str, date]) -> None:
    calendar = SHOPS[key[0]].store.calendar
    start, end = calendar.start_of(key[1]), min(calendar.end_of(key[1]), SETTINGS.end)
    due = Counter(
        (view.camera.camera_id, instant)
        for view in SHOPS[key[0]].views
        for instant in view.camera.due(start, end)
    )
    assert Counter((row.camera_id, row.instant) for row in days[key].rows) == due


@pytest.mark.parametrize("key", DAYS)
def test_rows_follow_the_rule_roll_ups_their_rows_and_lines_their_roll_ups(
    days: dict[tuple[str, date], PastDay], key: tuple[str, date]
) -> None:
    found, shop = days[key], SHOPS[key[0]]
    rules = {view.camera.camera_id: Rule.of(view.camera) for view in shop.views}
    quarters = defaultdict(list)
    for row in found.rows:
        quarters[row.camera_id, quarter_start(row.instant)].append(row)
        if row.count is not None:
            counted = count_people(rules[row.camera_id], row.people)
            assert (row.count, row.zones, row.feet) == (counted.count, counted.zones, counted.feet)
    assert list(found.quarters) == [roll_up(*key, rows) for key, rows in sorted(quarters.items())]
    zone = shop.store.calendar.zone_of(key[1])
    assert list(found.lines) == [line_of(quarter, zone) for quarter in found.quarters]


def test_local_days_have_the_quarter_hours_that_really_pass(days: dict[tuple[str, date], PastDay]) -> None:
    """Madrid, Saturday to Sunday: from midnight to 03:30, then from 18:00 to midnight, by the clock.

    That is 9.5 h, 38 quarter hours of each of two cameras; an hour more or less where clocks change.
    """
    assert len(days["madrid", date(2026, 10, 25)].lines) == 2 * (38 + 4)
    assert len(days["madrid", date(2026, 3, 29)].lines) == 2 * (38 - 4)
    again = [
        line.local_start.isoformat()
        for line in days["madrid", date(2026, 10, 25)].lines
        if line.camera == "madrid-bar" and (line.local_start.hour, line.local_start.minute) == (2, 0)
    ]
    assert again == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    assert days["berlin", date(2026, 11, 29)].lines == ()


def test_a_holiday_is_counted_and_almost_empty(days: dict[tuple[str, date], PastDay]) -> None:
    rows = days["berlin", date(2026, 10, 3)].rows
    assert len(rows) == 4 * 120
    assert sum(row.count or 0 for row in rows) < 0.02 * len(rows)
    assert sum(sum(quarter.people.values()) for quarter in days["berlin", date(2026, 10, 3)].truth) == 0


def test_an_outage_leaves_gaps_with_its_reason(days: dict[tuple[str, date], PastDay]) -> None:
    gaps = Counter(
        (row.camera_id, row.reason) for row in days["madrid", date(2026, 11, 28)].rows if row.reason
    )
    camera_id, reason = max(gaps, key=lambda gap: gaps[gap])
    assert camera_id == "madrid-bar"
    assert reason in {GapReason.NO_MEDIA, GapReason.NO_PICTURE}
    assert gaps[camera_id, reason] >= 3


def test_counts_are_near_the_truth(days: dict[tuple[str, date], PastDay]) -> None:
    """Cameras miss 4 to 12 % of the people, some of those far away, and each sees a part of the floor."""
    found = days["berlin", date(2026, 11, 28)]
    areas: defaultdict[tuple[datetime, str], list[float]] = defaultdict(list)
    for line in found.lines:
        if line.counted_seconds:
            areas[line.start, line.area].append(line.person_seconds / line.counted_seconds)
    counted = sum(map(max, areas.values()))
    true = sum(sum(quarter.people.values()) - quarter.staff for quarter in found.truth)
    assert 0.75 * true < counted < 1.05 * true


def test_people_stand_in_many_cells_and_some_feet_are_cut_off(days: dict[tuple[str, date], PastDay]) -> None:
    feet: Counter[int] = Counter()
    seconds = 0
    for quarter in days["berlin", date(2026, 11, 28)].quarters:
        if quarter.camera_id == "berlin-floor-north":
            feet.update(quarter.foot_seconds or {})
            seconds += quarter.person_seconds
    assert len(feet) > 100
    top_tenth = sum(number for _, number in feet.most_common(len(feet) // 10))
    assert top_tenth > 0.2 * feet.total()
    assert 0.8 * seconds < feet.total() < seconds


def test_a_day_can_be_made_alone_and_the_seed_decides(days: dict[tuple[str, date], PastDay]) -> None:
    key = ("chicago", date(2026, 11, 30))
    assert past_day(SHOPS["chicago"], key[1], SETTINGS) == days[key]
    other = past_day(SHOPS["chicago"], key[1], PastSettings(SETTINGS.end, seed=1))
    assert other.rows != days[key].rows


@pytest.mark.parametrize(("cameras", "every"), [(1, 300), (5, 300), (2, 60)])
def test_a_shop_of_any_size(cameras: int, every: int) -> None:
    shop = wide_shop(cameras, FIRST, every)
    found = past_day(shop, date(2026, 11, 24), SETTINGS)
    assert len(found.lines) == cameras * 48
    assert len(found.rows) == cameras * 12 * 3600 // every


def test_after_its_past_a_camera_has_the_same_instants_before_its_end_and_none_after_it() -> None:
    camera = SHOPS["chicago"].views[0].camera
    after = ended(camera, SETTINGS.end)
    start = SETTINGS.end - timedelta(hours=20)
    assert list(after.due(start, SETTINGS.end)) == list(camera.due(start, SETTINGS.end)) != []
    assert list(after.due(SETTINGS.end, SETTINGS.end + timedelta(days=7))) == []
