"""The checks of one camera, from its stream to its rows."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from counter.rows.table import OccupancyTable
from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.cameras import backlog, video
from infra.cli.doctor.cameras.clocks import judge_camera
from infra.cli.doctor.cameras.image_trial import ImageTrials
from infra.cli.doctor.cameras.one_frame import FrameCounting, check_frame
from infra.cli.doctor.cameras.picture_cost import judge_pictures
from infra.cli.doctor.checks.check import Check
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, note
from ingest.aws.failures import member
from ingest.kvs.throttling import ACCOUNT_WAITS, waiting_out_throttle
from ingest.registry.registered import RegisteredCamera


@dataclass(frozen=True)
class Inspection:
    """What the checks of all cameras share; `counting` and `trials` are None if they were not chosen."""

    clients: DoctorClients
    deployed: DeployedStack
    now: datetime
    counting: FrameCounting | None
    trials: ImageTrials | None = None

    def checks(self, registered: RegisteredCamera) -> Iterator[Check]:
        """The checks of a camera."""
        camera = registered.camera
        group = f"camera {camera.camera_id}"
        if not camera.sampling_at(self.now).enabled:
            yield Check(group, "it", lambda: [note("it is disabled and not checked")])
            return
        if camera.stream_name is not None:
            yield Check(group, "its video", lambda: self._video(registered))
            if self.trials:
                yield Check(group, "GetImages", partial(self.trials.check, camera))
            yield Check(group, "its pull", lambda: backlog.judge_pull(registered, self.now))
        elif self.trials:
            left_out = "it is a push camera without a stream, so GetImages is not measured for it"
            yield Check(group, "GetImages", lambda: [note(left_out)])
        yield Check(group, "its frames", lambda: self._frames(registered))
        yield Check(group, "its rows", lambda: self._rows(registered))

    def _video(self, registered: RegisteredCamera) -> Iterator[Finding]:
        camera, kvs = registered.camera, self.clients.kvs
        kinesisvideo, name = self.clients.kinesisvideo, camera.stream_name or ""
        try:
            info = waiting_out_throttle(
                lambda: member(kinesisvideo.describe_stream(StreamName=name), "StreamInfo"),
                ACCOUNT_WAITS,
                time.sleep,
            )
        except kinesisvideo.exceptions.ResourceNotFoundException:
            yield video.missing(camera)
            return
        found = list(video.judge_stream(camera, info))
        yield from found
        if info.get("Status", "ACTIVE") not in {"ACTIVE", "UPDATING"}:
            return
        retention = timedelta(hours=info.get("DataRetentionInHours", 0))
        yield from judge_pictures(registered, retention, self.now)
        seen = video.read_video(kvs, name, retention, self.now)
        yield video.judge_age(camera, seen, self.now)
        if seen.listed:
            yield from judge_camera(camera.camera_id, seen.listed)
            yield from video.judge_fragments(seen.listed)
            yield video.judge_keyframes(camera, video.keyframe_distance(seen), self.now)
        if seen.media is not None:
            yield from video.judge_media(seen.media)
        if self.counting and seen.listed:
            yield from check_frame(camera, seen, retention, kvs.images, self.counting, self.now)

    def _frames(self, registered: RegisteredCamera) -> Iterable[Finding]:
        bucket = self.deployed.output("FrameBucketName")
        yield from backlog.check_frames(self.clients.s3, bucket, registered.camera.camera_id, self.now)

    def _rows(self, registered: RegisteredCamera) -> Iterable[Finding]:
        output = self.deployed.output
        table = OccupancyTable(
            self.clients.dynamodb, output("OccupancyTableName"), output("QuarterHourTableName")
        )
        yield from backlog.check_rows(table, registered, self.now)
