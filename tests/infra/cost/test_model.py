"""The model against runs of the handlers, and against a month that was calculated manually."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import pytest

from infra.cost.data import COUNTS, PRICES
from infra.cost.fleet import CLOSED_PULL_EVERY, Fleet
from infra.cost.model import bill, quantities, total
from infra.local.stack.template import load
from ingest.aws.queues import BATCH
from ingest.gateway.check.findings import GB_PRICE
from ingest.registry.camera import Camera, Mode
from ingest.registry.opening_hours import parse
from ingest.registry.registered import PullCursor, RegisteredCamera
from ingest.registry.sampling import Sampling
from ingest.schedule import is_pull_due
from tests.infra.cost.by_hand import HAND_COUNTS
from tests.infra.cost.measured import QUARTER, RUNS, counted, measured
from tests.infra.cost.update import toml

QUARTERS_A_MONTH = 30 * 24 * 4
WEDNESDAY = datetime(2026, 11, 25, tzinfo=UTC)


def test_the_counts_are_those_of_the_code() -> None:
    """If this fails, the code uses more or less than before: run `python -m tests.infra.cost.update`."""
    found = tomllib.loads(toml(counted()))["counted"]
    assert found == {name: getattr(COUNTS.counted, name) for name in found}


@pytest.mark.parametrize(
    ("mode", "every"), [key for key, minutes in RUNS.items() if minutes == QUARTER], ids=str
)
def test_a_month_of_the_model_is_a_run_of_the_code_scaled(mode: Mode, every: int) -> None:
    run = measured().runs[mode, every]
    month = quantities(Fleet(cameras=1, sample_every=every, hours=24, mode=mode), COUNTS)
    idle = 2 * COUNTS.assumed.idle_receives_a_minute * 60 * 24 * 30
    invocations = sum(usage.invocations for usage in run.usage.values())
    logged = sum(usage.log_bytes for usage in run.usage.values()) + invocations * COUNTS.assumed.lambda_log
    sent = run.calls("sqs:SendMessageBatch") + run.calls("s3:PutObject")  # S3 sends a message for each frame
    received = run.calls("lambda:ReceiveMessage") + run.calls("lambda:DeleteMessageBatch")
    by_hand = {
        "images": run.calls("rekognition:DetectLabels"),
        "lambda_requests": invocations,
        "writes": sum(sum(usage.writes.values()) for usage in run.usage.values()),
        "reads": sum(sum(usage.reads.values()) for usage in run.usage.values()),
        "s3_writes": run.calls("s3:PutObject") + run.calls("s3:ListObjectsV2"),
        "s3_reads": run.calls("rekognition:DetectLabels") + run.calls("s3:HeadObject"),
        "sqs": sent + received + idle / QUARTERS_A_MONTH,
        "logs_in": logged / 1e9,
        "traces": invocations,
    }
    scaled = {name: value * QUARTERS_A_MONTH for name, value in by_hand.items()}
    assert {name: month[name] for name in scaled} == pytest.approx(scaled, rel=0.03)


def test_each_custom_metric_is_read_by_an_alarm_or_the_dashboard() -> None:
    """A metric costs money each month, whether or not anything reads it."""
    written = {
        f"{name} {service.removeprefix('service=')}"
        for usage in measured().runs[Mode.FRAGMENTS, 60].usage.values()
        for name, service in usage.metrics
    }
    resources = json.dumps([resource.properties for resource in load().resources.values()])
    unread = {metric for metric in written if f'"{metric.split()[0]}"' not in resources.replace("\\", "")}
    assert len(written) == 8
    assert unread == set()


@pytest.mark.parametrize(("mode", "every"), [(Mode.AUTO, 60), (Mode.IMAGES, 60), (Mode.IMAGES, 20)], ids=str)
def test_pictures_of_get_images_are_those_of_the_code(mode: Mode, every: int) -> None:
    pull = measured().runs[mode, every].usage["PullFunction"]
    month = quantities(Fleet(cameras=1, sample_every=every, mode=mode), COUNTS)
    assert month["kvs_images"] / month["images"] == pull.values["ImagesFetched"] / pull.values["FramesPut"]


def test_the_schedule_sends_ten_pulls_in_a_request_and_lambda_takes_as_many() -> None:
    assert COUNTS.counted.batch["pull"] == BATCH


def pulls(camera: Camera, hours: int, *, after: str | None = None) -> int:
    """The pulls that the schedule requests, if each of them comes up to its own tick."""
    cursor, number = PullCursor(until=WEDNESDAY, after=after), 0
    for minute in range(1, hours * 60 + 1):
        now = WEDNESDAY + timedelta(minutes=minute)
        if is_pull_due(RegisteredCamera(camera, cursor=cursor), now):
            number, cursor = number + 1, replace(cursor, until=now)
    return number


def test_a_closed_camera_is_pulled_as_often_as_the_schedule_does() -> None:
    closed = Camera("door", "north", WEDNESDAY, sampling=Sampling(60, opening_hours=parse("fri 10:00-11:00")))
    assert pulls(closed, 8) == 8 * 60 / CLOSED_PULL_EVERY


def test_a_stream_without_retention_is_pulled_as_often_as_the_schedule_does() -> None:
    always = Camera("door", "north", WEDNESDAY, mode=Mode.MEDIA, sampling=Sampling(840))
    fleet = Fleet(cameras=1, sample_every=840, hours=24, days=1, mode=Mode.MEDIA)
    every = fleet.media_pull_every
    assert every == 4
    ticks = {tick for tick in range(1440) if tick % every == 0 or tick % 14 == 0}
    assert pulls(always, 24, after="1") == pytest.approx(len(ticks), rel=0.01)
    assert fleet.pulls >= len(ticks)


@pytest.mark.parametrize("every", [7, 10, 45, 60, 90, 300, 840])
def test_a_camera_is_pulled_at_each_tick_with_an_instant(every: int) -> None:
    camera = Camera("door", "north", WEDNESDAY, sampling=Sampling(every))
    settled = pulls_without_waiting(Fleet(cameras=1, sample_every=every, hours=24))
    assert pulls(camera, 24) == pytest.approx(settled, rel=0.01)


def pulls_without_waiting(fleet: Fleet) -> float:
    """Pulls of a day without the second pull for a fragment that has not arrived."""
    return sum(
        (60 * tick) // fleet.sample_every > (60 * (tick - 1)) // fleet.sample_every for tick in range(1440)
    )


# 900 bytes of Lambda's own for each invocation, and 285, 566, 356 and 440 of ours; 350 for each camera's open
# quarter hour.
HAND_LOG = 43_200 * 1_185 + 22_950 * 1_466 + 21_600 * 1_256 + 2_880 * 1_340 + 14_400 * 350

# A month worked out by hand: ten cameras, one frame a minute, 12 hours a day, 30 days, 2 Mbit/s, `send: all`,
# 24 hours of retention, mode `fragments`.
BY_HAND = {
    # 10 cameras x 60 x 12 x 30 = 216,000 images, all in the first tier.
    "images": 216_000 * 0.0010,
    # 10 x 0.25 MB/s x 43,200 s x 30 = 3,240 GB.
    "kvs_in": 3_240 * 0.0085,
    # A fragment of 2 s, 0.5 MB, for each image: 108 GB.
    "kvs_out": 108 * 0.0085,
    # A day's 108 GB are kept for a day.
    "kvs_stored": 108 * 0.023,
    "kvs_images": 0.0,
    # Schedule 43,200 and closing 2,880, whatever the cameras. Pulls: 60 x 12 x 30 = 21,600 open ticks
    # and 12 x 60 / 16 x 30 = 1,350 closed ones, ten cameras in each: 22,950. Counter: 21,600.
    "lambda_requests": (43_200 + 2_880 + 22_950 + 21_600) * 0.20 / 1e6,
    # 43,200 x 0.32 s x 1 GB, 22,950 x 2.5 s x 1.7275 GB, 21,600 x (1 + 9 x 0.4) s x 0.5 GB,
    # 2,880 x 0.6 s x 1.7275 GB.
    "lambda_seconds": (13_824 + 99_115.3125 + 49_680 + 2_985.12) * 0.0000133334,
    # Pull: 2 for each camera's 22,950. Counter: a row and a roll-up for each image. Closing: 1 for each
    # camera's 2,880 quarter hours, and a roll-up and a mark for each of its 1,440 open ones.
    # History: on each of 30 days a mark of each camera is removed, and the store's entry is written.
    "writes": (2 * 229_500 + 2 * 216_000 + 28_800 + 2 * 14_400 + 300 + 30) * 0.625 / 1e6,
    # Scans: 10 x 504 bytes are 2 blocks of 4 KB, 1 unit, 46,080 times. Pull: 1 for each camera's 22,950.
    # Counter: 0.5 and 3 for each image, for its own row and the two before, and the roll-up reads the
    # quarter's rows of 422 bytes: 9 of 15 fit into a block, so 9 x 1 + 6 x 2 for 15. Closing: 2 units for
    # an open quarter hour, 1 for a closed one; 1.5 for the store and its marks.
    # History: on each day 2 for the marks, and of each camera 48 roll-ups of 178 bytes, 3 blocks.
    "reads": (46_080 + 1.5 * 2_880 + 229_500 + 3.5 * 216_000 + 216_000 * 21 / 15 + 3 * 14_400 + 60 + 900)
    * 0.125
    / 1e6,
    # 400 days of 7,200 rows of 522 bytes and 480 roll-ups of 278: 1.557 GB.
    "stored": (400 * 7_200 * 522 + 400 * 480 * 278) / 1e9 * 0.25,
    "recovery": (400 * 7_200 * 522 + 400 * 480 * 278) / 1e9 * 0.20,
    # A year of 480 quarter hours a day, of 270 bytes, in day files and files of months.
    "history_stored": 2 * 365 * 480 * 270 / 1e9 * 0.023,
    # A put for each image, a listing for each closing; for each image a get by Rekognition
    # and a head by the counter. History: two files a day and one a month are put, and looked for before;
    # the month's file is made of 30 days.
    "s3_writes": (216_000 + 2_880 + 61) * 0.005 / 1e3,
    "s3_reads": (2 * 216_000 + 61 + 30) * 0.0004 / 1e3,
    # Pull requests: sent, received, deleted, ten at a time. Frames: sent by S3 one by one, received
    # and deleted ten at a time. Empty receives: 2 queues x 15 x 43,200 minutes.
    "sqs": (3 * 22_950 + 216_000 + 2 * 21_600 + 1_296_000) * 0.40 / 1e6,
    "schedules": 46_080 * 1.00 / 1e6,
    "logs_in": HAND_LOG / 1e9 * 0.50,
    "logs_stored": HAND_LOG / 1e9 * 0.03,
    "traces": (43_200 + 2_880 + 22_950 + 21_600) * 5.00 / 1e6,
    "metrics": 36 * 0.30,
    "alarms": 10 * 0.10,
    "dashboards": 0.0,
}  # fmt: skip
HAND_FLEET = Fleet(cameras=10, sample_every=60)


def test_the_bill_is_the_month_worked_out_by_hand() -> None:
    lines = bill(HAND_FLEET, PRICES, HAND_COUNTS)
    assert {line.name: line.usd for line in lines} == pytest.approx(BY_HAND, rel=1e-6)
    assert total(lines) == pytest.approx(sum(BY_HAND.values()))


def test_the_month_from_the_counts_of_the_code_is_close_to_it() -> None:
    """The whole table; if the result is far off, the code's use has changed: calculate the month again."""
    assert total(bill(HAND_FLEET, PRICES, COUNTS)) == pytest.approx(sum(BY_HAND.values()), rel=0.05)


def test_each_tier_of_rekognition_is_used() -> None:
    images = 500 * 60 * 12 * 30  # 10.8 million
    (line, *_) = bill(Fleet(cameras=500, sample_every=60), PRICES, COUNTS)
    assert (line.name, line.units) == ("images", images)
    assert line.usd == pytest.approx(1_000_000 * 0.0010 + 4_000_000 * 0.0008 + 5_800_000 * 0.0006)
    (line, *_) = bill(Fleet(cameras=2000, sample_every=60), PRICES, COUNTS)  # 43.2 million
    assert line.usd == pytest.approx(1_000 + 3_200 + 18_000 + 8_200_000 * 0.00025)


def test_keyframes_cost_their_share_of_the_video() -> None:
    share = COUNTS.assumed.keyframes_share
    every, keyframes = (quantities(Fleet(sample_every=60, keyframes=only), COUNTS) for only in (False, True))
    for name in ("kvs_in", "kvs_out", "kvs_stored"):
        assert keyframes[name] == pytest.approx(share * every[name])


def test_media_reads_all_that_is_sent() -> None:
    month = quantities(Fleet(mode=Mode.MEDIA, retention=0), COUNTS)
    assert (month["kvs_out"], month["kvs_stored"]) == (month["kvs_in"], 0.0)


def test_a_camera_that_streams_day_and_night_is_counted_in_its_hours() -> None:
    open_only, always = (quantities(Fleet(only_open=only), COUNTS) for only in (True, False))
    assert always["images"] == open_only["images"]
    assert always["kvs_in"] == pytest.approx(2 * open_only["kvs_in"])


def test_the_gateway_check_has_the_price_of_the_bill() -> None:
    assert PRICES.by_name["kvs_in"].usd(1) == GB_PRICE


def test_batches_are_full_and_never_less_than_one_a_tick() -> None:
    month = quantities(Fleet(cameras=500, sample_every=60), COUNTS)
    # 8.3 images a second, twice that is 16.7: DetectLabelsPerSecond 25, whose batches have 60 frames.
    counter, pull = (ceil(500 / size) for size in (60, 10))
    assert month["lambda_requests"] == 46_080 + 22_950 * pull + 21_600 * counter


@pytest.mark.parametrize(
    ("cameras", "own", "batch", "gb", "apart"),
    [
        (150, 5, 25, 0.5, 0.4),  # 2.5 images a second: half of the default
        (151, 5, 60, 1.0, 0.2),  # of 10
        (500, 5, 60, 1.0, 0.2),  # of 25, which five invocations share
        (10, 25, 10, 1.0, 0.2),  # ten frames a tick fill no batch
    ],
)
def test_the_counter_has_the_line_of_the_rate_that_the_cameras_need(
    cameras: int, own: int, batch: int, gb: float, apart: float
) -> None:
    fleet = Fleet(cameras=cameras, sample_every=60, detect_labels_per_second=own)
    counter = 21_600 * ceil(cameras / batch)
    pull = 22_950 * ceil(cameras / 10)
    month = quantities(fleet, HAND_COUNTS)
    assert month["lambda_requests"] == 46_080 + pull + counter
    seconds = (
        43_200 * (0.3 + 0.002 * cameras)
        + pull * 2.5 * 1.7275
        + counter * (1 + (batch - 1) * apart) * gb
        + 2_880 * (0.5 + 0.01 * cameras) * 1.7275
    )
    assert month["lambda_seconds"] == pytest.approx(seconds)


def test_frames_that_their_senders_do_not_inspect_cost_a_get_and_time() -> None:
    fleets = (HAND_FLEET, replace(HAND_FLEET, foreign=True))
    ours, foreign = (quantities(fleet, HAND_COUNTS) for fleet in fleets)
    changed = {name: foreign[name] - ours[name] for name in ours if foreign[name] != ours[name]}
    # 21,600 invocations of ten frames, 0.07 s each, 0.5 GB.
    assert changed == pytest.approx({"s3_reads": 216_000, "lambda_seconds": 21_600 * 10 * 0.07 * 0.5})
