"""Checks a camera's stream and its video: retention, the newest fragments, keyframes, codec."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from statistics import median
from typing import TYPE_CHECKING

from infra.cli.aws.streams import retention_command
from infra.cli.doctor.checks.findings import Finding, note, ok, warning, wrong
from ingest.durations import duration_text
from ingest.jpeg import DECODERS
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.readers import Readers
from ingest.kvs.video import MAX_FRAGMENT_LENGTH, Fragment, FragmentError, Keyframe, ListedFragment
from ingest.registry.camera import Camera, Mode

if TYPE_CHECKING:
    from mypy_boto3_kinesisvideo.type_defs import StreamInfoTypeDef

SILENT = timedelta(minutes=2)
"""The last video of an open shop may not be older than this."""

SLICES = (
    timedelta(0),
    timedelta(minutes=3),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
"""The newest fragment is searched in these slices of the past; a day is enough."""

LIVE = timedelta(seconds=30)
"""How far in the past the reading of a stream without retention begins."""

_SETTING = "the camera's keyframe interval (GOP, I-frame interval; in frames: seconds x frame rate)"


@dataclass(frozen=True)
class Video:
    """The newest fragments by server time, and the media of the newest one; empty if there is none."""

    listed: tuple[ListedFragment, ...] = ()
    media: Fragment | FragmentError | None = None

    @property
    def keyframe(self) -> Keyframe | None:
        """The newest keyframe."""
        return self.media.keyframes[-1] if isinstance(self.media, Fragment) and self.media.keyframes else None


def read_video(kvs: Readers, stream_name: str, retention: timedelta, now: datetime) -> Video:
    """The newest video of a stream. Raises StreamUnavailable."""
    if not retention:
        return _live(kvs, stream_name, now)
    listed = _newest(kvs, stream_name, min(retention, SLICES[-1]), now)
    if not listed:
        return Video()
    number = listed[-1].number
    try:
        with closing(kvs.archive.media(stream_name, [number])) as parts:
            media = next(parts, FragmentError(number, "MISSING", "no fragment arrived"))
    except InvalidMatroska as error:
        media = FragmentError(number, "INVALID", str(error))
    return Video(tuple(listed), media)


def _newest(kvs: Readers, stream_name: str, furthest: timedelta, now: datetime) -> list[ListedFragment]:
    for near, far in pairwise(SLICES):
        if near >= furthest:
            break
        span = now - min(far, furthest), now - near
        if listed := kvs.archive.list(stream_name, "SERVER_TIMESTAMP", *span):
            return sorted(listed, key=lambda fragment: (fragment.server_time, fragment.start))
    return []


def _live(kvs: Readers, stream_name: str, now: datetime) -> Video:
    """The next fragments of a stream without retention, at most three."""
    media: list[Fragment | FragmentError] = []
    try:
        with closing(kvs.media.read(stream_name, since=now - LIVE)) as parts:
            media += islice(parts, 3)
    except InvalidMatroska:
        pass  # nothing more arrived on the connection
    fragments = [part for part in media if isinstance(part, Fragment)]
    listed = (
        ListedFragment(fragment.number, fragment.producer_time, fragment.server_time or now, fragment.length)
        for fragment in fragments
    )
    return Video(tuple(listed), (fragments or media or [None])[-1])


def judge_stream(camera: Camera, info: "StreamInfoTypeDef") -> Iterator[Finding]:
    """The status and the retention of a stream."""
    name, status = info["StreamName"], info.get("Status", "ACTIVE")
    hours = info.get("DataRetentionInHours", 0)
    if status not in {"ACTIVE", "UPDATING"}:
        yield wrong(f"stream {name!r} is {status}", "wait until it is ACTIVE, or name another stream")
    elif hours:
        yield ok(f"stream {name!r} is {status} and keeps its video for {hours} h")
    elif camera.mode in {Mode.IMAGES, Mode.FRAGMENTS}:
        yield wrong(
            f"stream {name!r} keeps no video (retention 0 h), and mode {camera.mode} reads stored video",
            _keep(info) + f", or run `occupancy camera set {camera.camera_id} --mode media`",
        )
    else:
        yield warning(
            f"stream {name!r} keeps no video (retention 0 h): KVS holds its last 5 minutes or 200 MB",
            _keep(info),
        )


def missing(camera: Camera) -> Finding:
    """The finding that the stream does not exist."""
    return wrong(
        f"stream {camera.stream_name!r} does not exist",
        f"create it, or name the right one with `occupancy camera set {camera.camera_id} --stream NAME`",
    )


def judge_age(camera: Camera, video: Video, now: datetime) -> Finding:
    """Whether video arrives while the shop is open."""
    is_open = all(camera.sampling_at(time).is_open(time) for time in (now, now - SILENT))
    if video.listed:
        age = now - video.listed[-1].server_time - video.listed[-1].length
        arrived = f"the last video arrived {duration_text(age)} ago"
        silent = age > SILENT
    else:
        arrived, silent = "no video arrived in the last day (or within the stream's retention)", True
    if not silent:
        return ok(arrived)
    if is_open:
        return wrong(
            f"{arrived}, and the shop is open", "check the camera, its network and the sender of its video"
        )
    return note(f"{arrived}; the shop is closed")


def judge_media(media: Fragment | FragmentError) -> Iterator[Finding]:
    """Whether the newest fragment contains video that can be decoded."""
    if isinstance(media, FragmentError):
        yield wrong(
            f"the newest fragment cannot be read: {media.code} {media.message}".rstrip(),
            "try again; if this continues, check the sender of the video",
        )
    elif not media.keyframes:
        yield wrong(
            "the newest fragment contains no keyframe of a video track",
            "make the camera or its sender start each fragment with a keyframe",
        )
    else:
        yield judge_track(media.keyframes[-1])


def judge_track(keyframe: Keyframe) -> Finding:
    """Whether codec and codec private data of a track allow decoding."""
    codec = keyframe.track.codec_id
    if codec not in DECODERS:
        return wrong(f"the camera sends {codec}, which is not supported", "set the camera to H.264 or H.265")
    if not keyframe.track.codec_private:
        return wrong(
            f"the video ({codec}) has no codec private data, which is needed to decode it",
            "make the sender put SPS and PPS (H.265: also VPS) into the track's CodecPrivate",
        )
    return ok(f"codec {codec}")


def keyframe_distance(video: Video) -> timedelta | None:
    """The time between two keyframes; None if there is too little video.

    Each fragment begins with a keyframe: KVS cannot deliver anything else that can be decoded.
    """
    keyframes = video.media.keyframes if isinstance(video.media, Fragment) else ()
    inside = [later.time - earlier.time for earlier, later in pairwise(keyframes)]
    if inside:
        return max(inside)
    starts = sorted({fragment.start for fragment in video.listed})
    between = [later - earlier for earlier, later in pairwise(starts)]
    return _median([step for step in between if step <= MAX_FRAGMENT_LENGTH + timedelta(seconds=1)])


def judge_keyframes(camera: Camera, distance: timedelta | None, now: datetime) -> Finding:
    """Whether each sample instant can have its own keyframe."""
    sampling = camera.sampling_at(now)
    seconds = (distance or timedelta()).total_seconds()
    allowed = sampling.max_frame_age.total_seconds()
    if distance is None:
        return note("there is too little video to measure the distance of its keyframes")
    if seconds > allowed:
        return wrong(
            f"its keyframes are {seconds:g} s apart, and a count every {sampling.sample_every} s needs one at"
            f" least every {allowed:g} s: instants are missed (gop_too_long)",
            f"set {_SETTING} to 2 s, or count less often with `occupancy camera set {camera.camera_id}"
            " --every`",
        )
    if seconds > allowed / 2:
        return warning(
            f"its keyframes are {seconds:g} s apart, and a frame may be {allowed:g} s old: a late keyframe"
            " means a missed instant",
            f"set {_SETTING} to 2 s",
        )
    return ok(f"its keyframes are {seconds:g} s apart")


def judge_fragments(listed: Sequence[ListedFragment]) -> Iterator[Finding]:
    """The length of the fragments: KVS accepts 5 a second, and one with a due frame costs its full size."""
    if length := _median([fragment.length for fragment in listed]):
        yield ok(f"its fragments are {length.total_seconds():g} s long")


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None


def _keep(info: "StreamInfoTypeDef") -> str:
    return f"to keep a day, run {retention_command(info['StreamName'], info['Version'])}"
