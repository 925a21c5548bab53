"""Takes one frame of a camera as its mode does, and counts it: the only check that costs an image."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from counter.counting.detection import NOT_LOCALISED, Pace, Uncountable, unreadable
from counter.diagnosis.reasons import REASONS
from counter.rows import people
from counter.rows.rule import Rule
from counter.rows.zones import customers
from infra.cli.doctor.cameras.video import Video
from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.frames.limits import HEADER_BYTES
from ingest.frames.messages import GapReason
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.images import Images, Window
from ingest.luma import image_shows_nothing
from ingest.registry.camera import Camera, Mode

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

MOST_BYTES = 5 * 1024 * 1024
"""The largest image that DetectLabels accepts without a bucket (Rekognition's limits)."""


@dataclass(frozen=True)
class FrameCounting:
    """Rekognition, at the rate of the stack."""

    rekognition: "RekognitionClient"
    pace: Pace


def check_frame(
    camera: Camera,
    video: Video,
    retention: timedelta,
    images: Images,
    counting: FrameCounting,
    now: datetime,
) -> Iterator[Finding]:
    """Take the newest frame and count it, unless it shows nothing: then the pull would not put it either.

    Raises StreamUnavailable and errors of botocore.
    """
    if retention and camera.mode in {Mode.AUTO, Mode.IMAGES}:
        jpeg, error = _by_get_images(camera, video, images)
        if jpeg is not None:
            yield judge_blank(camera, now) if image_shows_nothing(jpeg) else count(camera, jpeg, counting)
            return
        yield judge_no_image(camera, error)
    if camera.mode is not Mode.IMAGES and (keyframe := video.keyframe):
        try:
            jpeg = JpegMaker().visible_jpeg(keyframe)
        except UndecodableKeyframe as undecodable:
            yield wrong(
                str(undecodable), "check how the camera encodes and whether its parameter sets are sent"
            )
            return
        yield judge_blank(camera, now) if jpeg is None else count(camera, jpeg, counting)


def judge_blank(camera: Camera, now: datetime) -> Finding:
    """The finding that the newest picture shows nothing: a fault, unless the closed shop may be dark."""
    sentence = f"its newest picture is black or of one colour ({GapReason.NO_PICTURE}), and was not counted"
    if not camera.sampling_at(now).is_open(now):
        return note(f"{sentence}; the shop is closed now", "try again while the shop is open")
    return wrong(f"{sentence}: such instants are gaps", REASONS[GapReason.NO_PICTURE][1])


def judge_no_image(camera: Camera, error: str) -> Finding:
    """The finding that GetImages has no image of the newest fragment."""
    sentence = f"GetImages has no image of the newest fragment ({error})"
    if camera.mode is Mode.AUTO:
        return warning(
            f"{sentence}: the mode auto reads the fragment instead",
            f"if this continues, `occupancy camera set {camera.camera_id} --mode fragments` saves the call",
        )
    return wrong(sentence, f"`occupancy camera set {camera.camera_id} --mode auto` also reads fragments")


def count(camera: Camera, jpeg: bytes, counting: FrameCounting) -> Finding:
    """Count a frame with Rekognition and the rules of the camera."""
    if len(jpeg) > MOST_BYTES:
        return warning(
            f"a frame was taken but not counted: it has {len(jpeg) / 2**20:.1f} MiB, and DetectLabels accepts"
            f" {MOST_BYTES // 2**20} MiB without a bucket",
            "lower the camera's resolution, or ignore this: frames in the bucket may have 15 MB",
        )
    counting.pace.wait(inf)
    try:
        answer = counting.rekognition.detect_labels(**people.request("", "") | {"Image": {"Bytes": jpeg}})
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        why = unreadable(code, lambda: (jpeg[:HEADER_BYTES], len(jpeg)))
        if why is None:
            raise
        return _uncountable(camera, why)
    found = people.read(answer)
    if not found.countable(camera.min_confidence):
        return _uncountable(camera, NOT_LOCALISED)
    number = len(customers(Rule.of(camera), found.people))
    who = "1 person" if number == 1 else f"{number} people"
    return ok(f"a frame was taken and counted: {who}, at confidence >= {camera.min_confidence:g}")


def _uncountable(camera: Camera, why: Uncountable) -> Finding:
    return wrong(f"the frame of camera {camera.camera_id!r} cannot be counted ({why.why})", why.way_out)


def _by_get_images(camera: Camera, video: Video, images: Images) -> tuple[bytes | None, str]:
    """The image at the start of the newest fragment, or the error of GetImages."""
    pages = images.get(camera.stream_name or "", Window.single(video.listed[-1].start), once=True)
    found = list(chain.from_iterable(pages))
    jpeg = next((image.jpeg for image in found if image.jpeg), None)
    return jpeg, next((image.error for image in found if image.error), "no image")
