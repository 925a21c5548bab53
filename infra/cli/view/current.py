"""The current frame of a stream: from one GetImages call, or from the media if that fails."""

from contextlib import closing
from datetime import datetime, timedelta

from infra.cli.view.frame import PreviewFrame, UnviewableFrame, still
from ingest.durations import duration_text
from ingest.errors import OccupancyError
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.images import Image, Window
from ingest.kvs.readers import QUIET_SECONDS, Readers
from ingest.kvs.video import Fragment, FragmentError, ListedFragment
from ingest.registry.camera import Camera
from ingest.times import show_time

RECENT = timedelta(minutes=2)
"""The newest fragment may have arrived this long ago."""
SEARCHED = timedelta(hours=24)
"""How far back the last fragment of a silent stream is searched, an hour at a time."""
_CAUGHT_UP = timedelta(seconds=2)
"""A fragment of live media is current if it is at most this old."""
_WAY_OUT = "check that the camera and its gateway run, or view a picture of it with --from-file"


class NoRecentVideo(OccupancyError):
    """A stream that receives no video now."""


def current_frame(readers: Readers, camera: Camera, now: datetime) -> PreviewFrame:
    """The newest frame of a KVS camera's stream.

    Raises StreamUnavailable, NoRecentVideo, UnviewableFrame, UndecodableKeyframe.
    """
    stream = camera.stream_name or camera.camera_id
    retention = readers.streams.retention(stream)
    if not retention:
        return _decoded(
            _live(readers, stream, now), camera, "decoded from its live media, because it keeps no video"
        )
    newest = max(
        readers.archive.list(stream, "SERVER_TIMESTAMP", now - RECENT, now),
        key=lambda fragment: fragment.start,
        default=None,
    )
    if newest is None:
        raise NoRecentVideo(_silence(readers, camera, now, min(retention, SEARCHED)))
    image = _image(readers, stream, newest)
    if image.jpeg is not None:
        return still(
            image.jpeg, f"the image of stream {stream!r}", _origin(camera, image.time, "from GetImages")
        )
    how = f"decoded from its fragment, because GetImages answered {image.error}"
    return _decoded(_archived(readers, stream, newest), camera, how)


def _image(readers: Readers, stream: str, newest: ListedFragment) -> Image:
    """The answer of one GetImages call for the fragment's start; a refused call is an image with an error."""
    try:
        page = next(readers.images.get(stream, Window.single(newest.start)), [])
    except StreamUnavailable as error:
        return Image(newest.start, error=error.code)
    return page[0] if page else Image(newest.start, error="no image")


def _archived(readers: Readers, stream: str, newest: ListedFragment) -> Fragment:
    with closing(readers.archive.media(stream, [newest.number])) as fragments:
        found = next(fragments, None)
    if isinstance(found, Fragment) and found.keyframes:
        return found
    why = found.code if isinstance(found, FragmentError) else "no keyframe"
    raise UnviewableFrame(f"the newest fragment of stream {stream!r} contains no frame ({why}): try again")


def _live(readers: Readers, stream: str, now: datetime) -> Fragment:
    """The newest fragment that KVS still holds of a stream without retention."""
    newest = None
    try:
        with closing(readers.media.read(stream, since=now - RECENT)) as fragments:
            for fragment in fragments:
                if isinstance(fragment, Fragment):
                    newest = fragment if fragment.keyframes else newest
                    if now - (fragment.server_time or fragment.producer_time) <= _CAUGHT_UP:
                        break
    except InvalidMatroska:
        pass  # the connection ended; use what arrived before
    if newest is None:
        raise NoRecentVideo(
            f"stream {stream!r} keeps no video, and none arrived within {QUIET_SECONDS} s: {_WAY_OUT}"
        )
    return newest


def _decoded(fragment: Fragment, camera: Camera, how: str) -> PreviewFrame:
    """The newest keyframe of the fragment that can be decoded."""
    maker = JpegMaker()
    failure: UndecodableKeyframe | None = None
    for keyframe in reversed(fragment.keyframes):
        try:
            jpeg = maker.jpeg(keyframe)
        except UndecodableKeyframe as error:
            failure = failure or error
            continue
        return still(jpeg, f"the frame of stream {camera.stream_name!r}", _origin(camera, keyframe.time, how))
    raise failure or UnviewableFrame(f"the newest fragment of stream {camera.stream_name!r} has no keyframe")


def _silence(readers: Readers, camera: Camera, now: datetime, back: timedelta) -> str:
    """Message that says how long a stream has had no video."""
    stream = camera.stream_name or camera.camera_id
    end = now - RECENT
    while end > now - back:
        start = max(end - timedelta(hours=1), now - back)
        found = readers.archive.list(stream, "SERVER_TIMESTAMP", start, end)
        if found:
            last = max(fragment.end for fragment in found)
            when = f"{show_time(last, camera.sampling.time_zone)} ({duration_text(now - last)} ago)"
            return f"stream {stream!r} has had no video since {when}: {_WAY_OUT}"
        end = start
    return f"stream {stream!r} has had no video for {duration_text(back)}: {_WAY_OUT}"


def _origin(camera: Camera, time: datetime, how: str) -> str:
    return f"{show_time(time, camera.sampling.time_zone)}, {how}"
