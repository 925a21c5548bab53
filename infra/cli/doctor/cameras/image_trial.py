"""Measures what GetImages gives for the newest due instants of a camera, against what `fragments` takes.

It asks for the windows that the modes `images` and `auto` ask for, and compares each picture with the
keyframe that mode `fragments` takes for the same instant.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import av

from infra.cli.doctor.cameras.same_picture import show_same_picture
from infra.cli.doctor.cameras.trial_findings import Trial, judge
from infra.cli.doctor.checks.findings import Finding, note
from ingest.jpeg import JpegMaker, UndecodableKeyframe
from ingest.kvs.images import Image
from ingest.kvs.readers import Readers
from ingest.kvs.video import MAX_FRAGMENT_LENGTH, Fragment, Keyframe
from ingest.pull.fragments import Fetcher
from ingest.pull.image_windows import ImageRequest, image_requests
from ingest.pull.selection import SETTLE, SelectedFragment, keyframe_for, restricted_to, select
from ingest.registry.camera import Camera
from ingest.registry.sampling import MAX_FRAME_AGE

INSTANTS = 20
"""The newest due instants of a camera that are measured."""
PICTURES_AN_INSTANT = 2
"""GetImages gives at most two for an instant: a window begins one step before it."""
FURTHEST = timedelta(days=1)


@dataclass(frozen=True)
class ImageTrials:
    """What the trials of all cameras share; `advance` is called for each of a camera's INSTANTS."""

    kvs: Readers
    now: datetime
    advance: Callable[[int], None]

    def check(self, camera: Camera) -> Iterator[Finding]:
        """Measure and judge. Raises StreamUnavailable and errors of botocore."""
        left = INSTANTS
        try:
            retention = self.kvs.streams.retention(camera.stream_name or "")
            if not retention:
                yield note("its stream keeps no video, so GetImages has no pictures of it")
                return
            instants = newest_instants(camera, self.now, retention)
            trials = []
            for trial in run_trials(camera, self.kvs, instants, self.now):
                trials.append(trial)
                left -= 1
                self.advance(1)
            yield from judge(camera, len(instants), trials, self.now)
        finally:
            self.advance(left)


def is_measured(camera: Camera, now: datetime) -> bool:
    """Whether GetImages can have pictures of the camera, and it is checked at all."""
    return camera.stream_name is not None and camera.sampling_at(now).enabled


def newest_instants(camera: Camera, now: datetime, retention: timedelta) -> Sequence[datetime]:
    """The last due instants whose video has arrived by `now` and is still stored, at most INSTANTS."""
    return tuple(deque(camera.due(now - min(retention, FURTHEST), now - SETTLE), INSTANTS))


def run_trials(camera: Camera, kvs: Readers, instants: Sequence[datetime], now: datetime) -> Iterator[Trial]:
    """Ask GetImages for the instants that have video. Raises StreamUnavailable and errors of botocore."""
    if not instants:
        return
    name, jpegs = camera.stream_name or "", JpegMaker()
    listed = kvs.archive.list(
        name,
        "PRODUCER_TIMESTAMP",
        instants[0] - MAX_FRAME_AGE - MAX_FRAGMENT_LENGTH,
        instants[-1] + MAX_FRAGMENT_LENGTH,
    )
    selected = restricted_to(select(camera, listed, frozenset(), now).selected, instants)
    for request in image_requests(camera, selected):
        images = _images(kvs, name, request)
        keyframes = _keyframes(camera, kvs, restricted_to(selected, request.instants))
        for instant in request.instants:
            yield _trial(instant, images.get(instant), keyframes.get(instant), jpegs)


def _images(kvs: Readers, name: str, request: ImageRequest) -> dict[datetime, Image]:
    pages = kvs.images.get(name, request.window, once=True)
    answered = ((request.instant_of(image.time), image) for page in pages for image in page)
    return {instant: image for instant, image in answered if instant is not None}


def _keyframes(
    camera: Camera, kvs: Readers, selected: Sequence[SelectedFragment]
) -> dict[datetime, Keyframe]:
    """The keyframe that mode `fragments` takes for each instant that has one."""
    fetcher = Fetcher(lambda numbers: kvs.archive.media(camera.stream_name or "", numbers))
    instants = {choice.fragment: choice.instants for choice in selected}
    return {
        instant: keyframe
        for fragment, media in fetcher.fetch(list(instants))
        if isinstance(media, Fragment)
        for instant in instants[fragment]
        if (keyframe := keyframe_for(camera, instant, media.keyframes))
    }


def _trial(instant: datetime, image: Image | None, keyframe: Keyframe | None, jpegs: JpegMaker) -> Trial:
    if image is None or image.jpeg is None:
        return Trial(instant, error=image.error if image and image.error else "NO_MEDIA")
    if keyframe is None:
        return Trial(instant, image.time)
    try:
        same = show_same_picture(image.jpeg, jpegs.jpeg(keyframe))
    except (UndecodableKeyframe, av.FFmpegError):
        same = None
    return Trial(instant, image.time, keyframe.time, shows_keyframe=same)
