"""A camera's stream and what comes through it: retention, the last fragments, keyframes, codec."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from statistics import median
from typing import TYPE_CHECKING

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
"""How old the last video of an open shop may be."""

SLICES = (
    timedelta(0),
    timedelta(minutes=3),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
)
"""How far back the newest fragment is looked for, slice after slice: a day is long enough to tell."""

LIVE = timedelta(seconds=30)
"""From when on a stream without retention is read."""

_SETTING = "the camera's keyframe interval (GOP, I-frame interval; in frames: seconds x frame rate)"


@dataclass(frozen=True)
class Video:
    """The newest fragments by server time, and the media of the newest; nothing where none came."""

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
            media = next(parts, FragmentError(number, "MISSING", "nothing came"))
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
    """What a stream that keeps nothing brings in the next seconds: three fragments, if they come."""
    media: list[Fragment | FragmentError] = []
    try:
        with closing(kvs.media.read(stream_name, since=now - LIVE)) as parts:
            media += islice(parts, 3)
    except InvalidMatroska:
        pass  # the connection fell silent
    whole = [one for one in media if isinstance(one, Fragment)]
    listed = (
        ListedFragment(one.number, one.producer_time, one.server_time or now, one.length) for one in whole
    )
    return Video(tuple(listed), (whole or media or [None])[-1])


def judge_stream(camera: Camera, info: "StreamInfoTypeDef") -> Iterator[Finding]:
    """Its status and its retention."""
    name, status = info["StreamName"], info.get("Status", "ACTIVE")
    hours = info.get("DataRetentionInHours", 0)
    if status not in {"ACTIVE", "UPDATING"}:
        yield wrong(f"stream {name!r} is {status}", "wait until it is ACTIVE, or name another one")
    elif hours:
        yield ok(f"stream {name!r} is {status} and keeps its video for {hours} h")
    elif camera.mode in {Mode.IMAGES, Mode.FRAGMENTS}:
        yield wrong(
            f"stream {name!r} keeps no video (retention 0 h), and mode {camera.mode} reads what is kept",
            _keep(info) + f", or `occupancy camera set {camera.camera_id} --mode auto`",
        )
    else:
        yield warning(
            f"stream {name!r} keeps no video (retention 0 h): what is not read in 5 minutes is lost",
            _keep(info),
        )


def missing(camera: Camera) -> Finding:
    """That its stream is not there."""
    return wrong(
        f"stream {camera.stream_name!r} does not exist",
        f"create it, or name the right one by `occupancy camera set {camera.camera_id} --stream NAME`",
    )


def judge_age(camera: Camera, video: Video, now: datetime) -> Finding:
    """Whether video comes while the shop is open."""
    is_open = all(camera.sampling_at(time).is_open(time) for time in (now, now - SILENT))
    if video.listed:
        age = now - video.listed[-1].server_time - video.listed[-1].length
        came = f"the last video came {duration_text(age)} ago"
        silent = age > SILENT
    else:
        came, silent = "no video came in the last day, or as long as the stream keeps it", True
    if not silent:
        return ok(came)
    if is_open:
        return wrong(
            f"{came}, and the shop is open", "look at the camera, its network and what sends its video"
        )
    return note(f"{came}; the shop is closed")


def judge_media(media: Fragment | FragmentError) -> Iterator[Finding]:
    """Whether the newest fragment holds video that can be decoded."""
    if isinstance(media, FragmentError):
        yield wrong(
            f"the newest fragment cannot be read: {media.code} {media.message}".rstrip(),
            "try again; if it goes on, look at what sends the video",
        )
    elif not media.keyframes:
        yield wrong(
            "the newest fragment holds no keyframe of a video track",
            "let the camera, or what sends its video, begin each fragment with a keyframe",
        )
    else:
        yield judge_track(media.keyframes[-1])


def judge_track(keyframe: Keyframe) -> Finding:
    """Codec and codec private data."""
    codec = keyframe.track.codec_id
    if codec not in DECODERS:
        return wrong(f"the camera sends {codec}, which is not read", "set the camera to H.264 or H.265")
    if not keyframe.track.codec_private:
        return wrong(
            f"the video ({codec}) comes without codec private data, so that nothing says how to decode it",
            "let what sends the video put SPS and PPS (H.265: VPS, too) into the track's CodecPrivate",
        )
    return ok(f"codec {codec}")


def keyframe_distance(video: Video) -> timedelta | None:
    """The time between two keyframes; None where too little came to tell.

    Each fragment begins with one: in KVS nothing else can be decoded.
    """
    keyframes = video.media.keyframes if isinstance(video.media, Fragment) else ()
    inside = [later.time - earlier.time for earlier, later in pairwise(keyframes)]
    if inside:
        return max(inside)
    starts = sorted({fragment.start for fragment in video.listed})
    between = [later - earlier for earlier, later in pairwise(starts)]
    return _median([step for step in between if step <= MAX_FRAGMENT_LENGTH + timedelta(seconds=1)])


def judge_keyframes(camera: Camera, distance: timedelta | None, now: datetime) -> Finding:
    """Whether each sample instant can have a keyframe of its own."""
    sampling = camera.sampling_at(now)
    seconds, allowed = (one.total_seconds() for one in (distance or timedelta(), sampling.max_frame_age))
    if distance is None:
        return note("too little video came to tell how far its keyframes are apart")
    if seconds > allowed:
        return wrong(
            f"its keyframes are {seconds:g} s apart, and a count every {sampling.sample_every} s needs one at"
            f" least every {allowed:g} s: instants are missed (gop_too_long)",
            f"set {_SETTING} to 2 s, or count less often: `occupancy camera set {camera.camera_id} --every`",
        )
    if seconds > allowed / 2:
        return warning(
            f"its keyframes are {seconds:g} s apart, and a frame may be {allowed:g} s old: one late keyframe"
            " is a missed instant",
            f"set {_SETTING} to 2 s",
        )
    return ok(f"its keyframes are {seconds:g} s apart")


def judge_fragments(listed: Sequence[ListedFragment]) -> Iterator[Finding]:
    """Their length: KVS takes 5 a second, and each that holds a due frame is paid for whole."""
    if length := _median([fragment.length for fragment in listed]):
        yield ok(f"its fragments are {length.total_seconds():g} s long")


def _median(times: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(time.total_seconds() for time in times)) if times else None


def _keep(info: "StreamInfoTypeDef") -> str:
    return (
        f"keep a day by `aws kinesisvideo update-data-retention --stream-name {info['StreamName']}"
        f" --current-version {info['Version']} --operation INCREASE_DATA_RETENTION"
        " --data-retention-change-in-hours 24`"
    )
