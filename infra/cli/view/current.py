"""The current frame of a stream: by one GetImages call, or out of the media where that gives none."""

from contextlib import closing
from datetime import datetime, timedelta

from infra.cli.terminal.times import show_time
from infra.cli.view.frame import Frame, UnviewableFrame, still
from ingest.durations import duration_text
from ingest.errors import OccupancyError
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.images import Image, Window
from ingest.kvs.readers import QUIET_SECONDS, Readers
from ingest.kvs.video import Fragment, FragmentError, ListedFragment
from ingest.registry.camera import Camera

RECENT = timedelta(minutes=2)
"""How far back a stream's newest fragment may have arrived."""
SEARCHED = timedelta(hours=24)
"""How far back the last fragment of a stream that fell silent is looked for, an hour at a time."""
_CAUGHT_UP = timedelta(seconds=2)
"""How far behind now a fragment of live media is current."""
_SEE = "see whether the camera and its gateway run, or view a picture of it by --from-file"


class NoRecentVideo(OccupancyError):
    """A stream into which nothing comes now."""


def current_frame(readers: Readers, camera: Camera, now: datetime) -> Frame:
    """The newest frame of a KVS camera's stream.

    Raises StreamUnavailable, NoRecentVideo, UnviewableFrame, UndecodableKeyframe.
    """
    stream = camera.stream_name or camera.camera_id
    retention = readers.streams.retention(stream)
    if not retention:
        return _decoded(_live(readers, stream, now), camera, "decoded from its live media: it keeps no video")
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
            image.jpeg, f"the image of stream {stream!r}", _origin(camera, image.time, "by GetImages")
        )
    how = f"decoded from its fragment: GetImages gave {image.error}"
    return _decoded(_archived(readers, stream, newest), camera, how)


def _image(readers: Readers, stream: str, newest: ListedFragment) -> Image:
    """What one GetImages call gives for the fragment's start; a refusal counts as an image's error."""
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
    raise UnviewableFrame(f"the newest fragment of stream {stream!r} gives no frame ({why}): try again")


def _live(readers: Readers, stream: str, now: datetime) -> Fragment:
    """The newest fragment, of those that KVS still holds of a stream without retention."""
    newest = None
    try:
        with closing(readers.media.read(stream, since=now - RECENT)) as fragments:
            for fragment in fragments:
                if isinstance(fragment, Fragment):
                    newest = fragment if fragment.keyframes else newest
                    if now - (fragment.server_time or fragment.producer_time) <= _CAUGHT_UP:
                        break
    except InvalidMatroska:
        pass  # the connection ended: what came before is what there is
    if newest is None:
        raise NoRecentVideo(
            f"stream {stream!r} keeps no video, and none came within {QUIET_SECONDS} s: {_SEE}"
        )
    return newest


def _decoded(fragment: Fragment, camera: Camera, how: str) -> Frame:
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
    """Since when a stream without recent video has had none."""
    stream = camera.stream_name or camera.camera_id
    end = now - RECENT
    while end > now - back:
        start = max(end - timedelta(hours=1), now - back)
        found = readers.archive.list(stream, "SERVER_TIMESTAMP", start, end)
        if found:
            last = max(fragment.end for fragment in found)
            when = f"{show_time(last, camera.sampling.time_zone)} ({duration_text(now - last)} ago)"
            return f"stream {stream!r} has had no video since {when}: {_SEE}"
        end = start
    return f"stream {stream!r} has had no video for {duration_text(back)}: {_SEE}"


def _origin(camera: Camera, time: datetime, how: str) -> str:
    return f"{show_time(time, camera.sampling.time_zone)}, {how}"
