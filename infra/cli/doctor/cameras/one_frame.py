"""One frame of a camera, taken as its mode takes it, and counted: the one check that costs an image."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from counter.counting.detection import NOT_LOCALISED, UNREADABLE, Pace, Uncountable
from counter.rows import people
from counter.rows.people import NotLocalised
from counter.rows.zones import customers
from infra.cli.doctor.cameras.video import Video
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong
from ingest.frames.messages import GapReason
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.images import Images, Window
from ingest.registry.camera import Camera, Mode

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

MOST_BYTES = 5 * 1024 * 1024
"""What DetectLabels takes without a bucket (Rekognition's limits)."""


@dataclass(frozen=True)
class Counting:
    """Rekognition, at the stack's own rate."""

    rekognition: "RekognitionClient"
    pace: Pace


def check_frame(
    camera: Camera, video: Video, retention: timedelta, images: Images, counting: Counting
) -> Iterator[Finding]:
    """Take the newest frame and count it. Raises StreamUnavailable and botocore's errors."""
    jpeg: bytes | None = None
    if retention and camera.mode in {Mode.AUTO, Mode.IMAGES}:
        jpeg, error = _by_get_images(camera, video, images)
        if jpeg is None:
            yield judge_no_image(camera, error)
    if jpeg is None and camera.mode is not Mode.IMAGES and (keyframe := video.keyframe):
        try:
            jpeg = JpegMaker().jpeg(keyframe)
        except UndecodableKeyframe as undecodable:
            yield wrong(
                str(undecodable), "look at how the camera encodes, and at whether its parameter sets are sent"
            )
    if jpeg is not None:
        yield count(camera, jpeg, counting)


def judge_no_image(camera: Camera, error: str) -> Finding:
    """That GetImages has no picture of the newest fragment."""
    sentence = f"GetImages has no picture of the newest fragment ({error})"
    if camera.mode is Mode.AUTO:
        return warning(
            f"{sentence}: the mode auto reads the fragment instead",
            f"if it goes on, `occupancy camera set {camera.camera_id} --mode fragments` saves the call",
        )
    return wrong(sentence, f"`occupancy camera set {camera.camera_id} --mode auto` reads fragments, too")


def count(camera: Camera, jpeg: bytes, counting: Counting) -> Finding:
    """What Rekognition counts on a frame, by the camera's own rules."""
    if len(jpeg) > MOST_BYTES:
        return warning(
            f"a frame was taken, but not counted: of {len(jpeg) / 2**20:.1f} MiB, which is more than"
            " DetectLabels takes without a bucket",
            "lower the camera's resolution, or leave it: frames in the bucket may have 15 MB",
        )
    counting.pace.wait(inf)
    try:
        answer = counting.rekognition.detect_labels(**people.request("", "") | {"Image": {"Bytes": jpeg}})
        found = people.read(answer)
    except NotLocalised:
        return _uncountable(camera, NOT_LOCALISED)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code not in UNREADABLE:
            raise
        return _uncountable(camera, Uncountable(GapReason.UNREADABLE_IMAGE, code))
    number = len(customers(camera, found.people))
    who = "1 person" if number == 1 else f"{number} people"
    return ok(f"a frame was taken and counted: {who}, at confidence >= {camera.min_confidence:g}")


def _uncountable(camera: Camera, why: Uncountable) -> Finding:
    what, _, way_out = why.sentence("test", camera.camera_id).partition(": ")
    return wrong(what, way_out)


def _by_get_images(camera: Camera, video: Video, images: Images) -> tuple[bytes | None, str]:
    """The picture at the newest fragment's start, or GetImages' error."""
    pages = images.get(camera.stream_name or "", Window.single(video.listed[-1].start), once=True)
    found = list(chain.from_iterable(pages))
    jpeg = next((image.jpeg for image in found if image.jpeg), None)
    return jpeg, next((image.error for image in found if image.error), "nothing came")
