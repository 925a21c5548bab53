"""What an earlier version left is read as it is, and counted once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest

from counter.rows.items import quarter_to_item, row_from_item
from counter.rows.occupancy import Row, roll_up
from infra.local.cloud import LocalCloud
from infra.local.rekognition.detectors.detection import Detection, Image
from infra.local.stack.template import load
from ingest.registry.camera import Camera, Mode, Source
from ingest.times import QUARTER_HOUR, from_millis, from_text, to_text
from tests.chain import Chain, Clock, CountsSquares, chain_cloud, truth
from tests.test_faults import Watcher
from tests.upgrade import state as earlier_state
from tests.upgrade.state import bodies, by_key, stored
from tests.upgrade.templates import earlier

pytestmark = pytest.mark.own_cloud

MINUTE = timedelta(minutes=1)
STATE = earlier_state.read()
QUARTERS = (STATE.start, STATE.start + QUARTER_HOUR)
EARLIER_ROWS = by_key(STATE.tables["OccupancyTable"])
EARLIER_QUARTERS = by_key(STATE.tables["QuarterHourTable"])


class Counts(CountsSquares):
    """Notes how many pictures were counted."""

    def __init__(self) -> None:
        self.pictures = 0

    def detect(self, image: Image) -> list[Detection]:
        self.pictures += 1
        return super().detect(image)


@dataclass(frozen=True)
class Updated:
    """A stack of the earlier version that was updated, and worked until all was counted and closed."""

    cloud: LocalCloud
    chain: Chain
    detector: Counts
    images: Watcher
    ids_before: dict[str, str]
    held_before_its_lease_ended: datetime | None


@pytest.fixture(scope="module")
def updated() -> Iterator[Updated]:
    clock, detector = Clock(STATE.began), Counts()
    with chain_cloud(detector, clock, earlier()) as cloud:
        random = Random("upgrade")
        images = Watcher(random)
        earlier_state.publish(STATE, Chain(cloud, random, images, clock), clock)
        earlier_state.put(STATE, cloud)
        ids = dict(cloud.stack.ids)
        cloud.update(load())
        chain = Chain(cloud, random, images, clock)
        chain.deliver("CounterFunction")
        chain.deliver("PullFunction")
        held = cloud.registry.get("held").cursor.until
        clock.now = STATE.ended + 11 * MINUTE
        chain.run(clock.now)
        chain.close(clock.now)
        yield Updated(cloud, chain, detector, images, ids, held)


def camera(updated: Updated, name: str) -> Camera:
    return updated.cloud.registry.get(name).camera


CAMERAS = sorted(item["CameraId"]["S"] for item in STATE.tables["CameraTable"])


def rows(updated: Updated, name: str) -> list[Row]:
    return updated.cloud.occupancy.rows(name, STATE.start, QUARTERS[-1] + QUARTER_HOUR)


def test_tables_bucket_queues_and_functions_are_those_of_before(updated: Updated) -> None:
    after = updated.cloud.stack.ids
    assert {name: after.get(name) for name in updated.ids_before} == updated.ids_before


@pytest.mark.parametrize("name", CAMERAS)
def test_every_due_instant_has_one_row_and_it_is_true(updated: Updated, name: str) -> None:
    found = rows(updated, name)
    due = list(camera(updated, name).due(STATE.start, QUARTERS[-1] + QUARTER_HOUR))
    assert [row.instant for row in found] == due
    for row in found:
        assert row.count is None or row.count == truth(row.frame_time or row.instant)


@pytest.mark.parametrize("name", CAMERAS)
def test_the_roll_ups_equal_their_rows(updated: Updated, name: str) -> None:
    after = stored(updated.cloud, "QuarterHourTable")
    for quarter in QUARTERS:
        ours = [row for row in rows(updated, name) if quarter <= row.instant < quarter + QUARTER_HOUR]
        expected, key = roll_up(name, quarter, ours), (name, to_text(quarter))
        if key in after and after[key] == EARLIER_QUARTERS.get(key):
            # No row has changed since: it stays as it was, without the attributes that came later.
            assert expected is not None
            assert quarter_to_item(expected).items() >= after[key].items()
        else:
            assert updated.cloud.occupancy.quarter(name, quarter) == expected


def test_some_roll_ups_stay_and_some_are_written_again(updated: Updated) -> None:
    after = stored(updated.cloud, "QuarterHourTable")
    stay = {name for (name, _), item in EARLIER_QUARTERS.items() if item in after.values()}
    assert stay
    assert {name for name, _ in EARLIER_QUARTERS} - stay


def test_what_was_counted_is_not_touched_and_each_new_count_is_paid_once(updated: Updated) -> None:
    after = stored(updated.cloud, "OccupancyTable")
    counted = {key for key, item in EARLIER_ROWS.items() if item["Status"] == {"S": "counted"}}
    assert len(counted) > 50
    assert {key: after[key] for key in counted} == {key: EARLIER_ROWS[key] for key in counted}
    new = [key for key, item in after.items() if item["Status"] == {"S": "counted"} and key not in counted]
    assert updated.detector.pictures == len(new)


@pytest.mark.parametrize(
    ("name", "minutes"),
    [
        # Video of minutes 0 to 10, 15 to 16 and 18 to 25; a keyframe serves the next 30 s.
        ("auto", {*range(11), 15, 16, *range(18, 26)}),
        ("images", {*range(10), 15, *range(18, 25)}),  # GetImages: only within the video
        ("fragments", {*range(11), 15, 16, *range(18, 26)}),
        ("live", {*range(11), 15, 16, *range(18, 26)}),
        ("held", {0, 5, 10, 15, 20, 25}),
        ("changed", {*range(11), 16, 18, 20, 22, 24}),  # every two minutes from minute 15 on
        ("till", {*range(6), 15, 16, 17}),
        ("unit", {18}),
        ("off", set()),
    ],
)
def test_what_is_counted(updated: Updated, name: str, minutes: set[int]) -> None:
    counted = {(row.instant - STATE.start) // MINUTE for row in rows(updated, name) if row.count is not None}
    assert counted == minutes


def test_getimages_is_not_asked_again_for_what_was_asked_or_taken(updated: Updated) -> None:
    (item,) = (item for item in STATE.tables["CameraTable"] if item["CameraId"] == {"S": "auto"})
    known = {from_millis(int(time["N"])) for name in ("Taken", "ImagesAsked") for time in item[name]["L"]}
    assert (
        STATE.start + 21 * MINUTE in known
    )  # asked for by a pull that died: its frame comes from a fragment
    asked = updated.images.paid("auto")
    assert asked[STATE.start + 22 * MINUTE] == 1
    assert known.isdisjoint(asked)


def test_a_lease_of_the_earlier_version_holds_until_it_ends(updated: Updated) -> None:
    (item,) = (item for item in STATE.tables["CameraTable"] if item["CameraId"] == {"S": "held"})
    assert item["LeaseOwner"] == {"S": "an invocation that died"}
    assert updated.held_before_its_lease_ended == from_text(item["LookedUntil"]["S"])
    until = updated.cloud.registry.get("held").cursor.until
    assert until is not None
    assert until > STATE.ended + 10 * MINUTE


def test_the_settings_are_those_of_before(updated: Updated) -> None:
    modes = {name: camera(updated, name).mode for name in ("auto", "images", "fragments", "live")}
    assert list(modes.values()) == [Mode.AUTO, Mode.IMAGES, Mode.FRAGMENTS, Mode.MEDIA]
    changed = camera(updated, "changed")
    assert (changed.sampling.sample_every, changed.sampling.time_zone) == (120, "Europe/Berlin")
    assert [(p.until, p.sampling.sample_every) for p in changed.previous] == [(QUARTERS[1], 60)]
    assert camera(updated, "images").min_confidence == 80
    assert (camera(updated, "auto").area, set(camera(updated, "auto").zones)) == ("floor", {"left"})
    assert set(camera(updated, "fragments").ignore) == {"poster"}
    assert (camera(updated, "unit").source, camera(updated, "unit").original_deeplens) == (Source.PUSH, True)
    assert not camera(updated, "off").sampling.enabled


def test_an_earlier_row_is_read_without_what_it_lacks() -> None:
    row = row_from_item(EARLIER_ROWS["auto", to_text(STATE.start)])
    assert (row.floor, row.label_confidence) == (80, None)
    assert row.zones.keys() == {"left"}


def test_dead_letters_wait_as_before_and_nothing_else_does(updated: Updated) -> None:
    ids = updated.cloud.stack.ids
    assert updated.chain.waiting() == len(STATE.queues["FrameDeadLetterQueue"]) + 1
    assert bodies(ids["PullDeadLetterQueue"]) == [STATE.queues["PullDeadLetterQueue"][0]["Body"]]
    assert [key.split("/")[1] for key in updated.chain.frames()] == ["nobody"]
