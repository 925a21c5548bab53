"""One run of doctor: which checks there are, and in which order they are told."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial

from counter.counting.detection import Pace
from infra.cli.aws.deployment import Deployment
from infra.cli.aws.stack import Deployed, StackNotFound, find
from infra.cli.dead_letters.command import letter_boxes
from infra.cli.dead_letters.explanation import Queue
from infra.cli.doctor.cameras.clocks import NOTICED, judge_own
from infra.cli.doctor.cameras.inspection import Inspection
from infra.cli.doctor.cameras.one_frame import Counting
from infra.cli.doctor.checks.check import Check
from infra.cli.doctor.checks.clients import Clients, aws_time
from infra.cli.doctor.checks.findings import Finding, Group, wrong
from infra.cli.doctor.deployment import registry, stack
from infra.cli.doctor.deployment.alarms import check_alarms
from infra.cli.doctor.deployment.bucket import check_bucket
from infra.cli.doctor.deployment.functions import check_function
from infra.cli.doctor.deployment.permissions import check_role
from infra.cli.doctor.deployment.queue_settings import check_settings
from infra.cli.doctor.deployment.queues import check_letters, check_queue
from infra.iam.functions import QUEUES, StackFunction
from ingest.registry.camera import InvalidCamera
from ingest.registry.registered import RegisteredCamera
from ingest.registry.table import CameraRegistry, UnknownCamera

DETECT_LABELS_PER_SECOND = 5.0
"""The template's default."""

Run = Callable[[Sequence[Check]], list[Group]]
"""Runs checks side by side."""


class Examination:
    """One run, from the ground up: what cannot be found keeps only what stands on it from being checked."""

    def __init__(self, deployment: Deployment, clients: Clients, run: Run) -> None:
        self._name = deployment.stack_name
        self._clients = clients
        self._run = run
        self._now = deployment.clock.now()
        self._deployed: Deployed | None = None
        self._cameras: Sequence[RegisteredCamera] | None = None
        self._broken: set[str] = set()

    def groups(self, camera_ids: Collection[str], *, frames: bool) -> Iterator[Group]:
        """All findings. Raises UnknownCamera for a name that is not in the registry."""
        yield from self._run(
            [
                Check("clock", "this machine's clock", self._own_clock),
                Check("stack", "the stack", self._stack),
            ]
        )
        if (deployed := self._deployed) is None:
            return
        yield from self._run(list(self._deployment_checks(deployed)))
        chosen = self._chosen(camera_ids)
        rate = float(deployed.parameters.get("DetectLabelsPerSecond", DETECT_LABELS_PER_SECOND))
        counting = Counting(self._clients.rekognition, Pace(rate)) if frames else None
        inspection = Inspection(self._clients, deployed, self._now, counting)
        yield from self._run([check for camera in chosen for check in inspection.checks(camera)])

    def _own_clock(self) -> Iterator[Finding]:
        if (aws := aws_time(self._clients.cloudformation, self._name)) is not None:
            yield judge_own(self._now, aws)
            if abs(self._now - aws) >= NOTICED:
                self._now = aws  # or all that follows would be wrong, too

    def _stack(self) -> Iterator[Finding]:
        try:
            self._deployed = find(self._clients.cloudformation, self._name)
        except StackNotFound as error:
            what, _, way_out = str(error).partition(": ")
            yield wrong(what, way_out)
        else:
            yield from stack.judge(self._deployed)

    def _deployment_checks(self, deployed: Deployed) -> Iterator[Check]:
        clients, now = self._clients, self._now
        for kind in StackFunction:
            yield Check("functions", f"{kind}Function", partial(check_function, clients, deployed, kind))
        for kind in QUEUES:
            yield Check(
                "queue settings",
                f"the queue of {kind}Function",
                partial(check_settings, clients, deployed, kind),
            )
        yield Check("frame bucket", "the frame bucket", partial(check_bucket, clients, deployed))
        yield Check("alarms", "the alarms", partial(check_alarms, clients, deployed))
        for kind in StackFunction:
            yield Check(
                "permissions", f"the role of {kind}Function", partial(check_role, clients, deployed, kind)
            )
        for kind in QUEUES:
            yield Check(
                "queues", f"the queue of {kind}Function", partial(check_queue, clients, deployed, kind, now)
            )
        for queue in Queue:
            yield Check(
                "queues", f"the dead letters of the {queue} queue", partial(self._letters, deployed, queue)
            )
        yield Check("registry", "the registry", partial(self._registry, deployed))

    def _letters(self, deployed: Deployed, queue: Queue) -> Iterator[Finding]:
        box = letter_boxes(self._clients.sqs, deployed)[queue]
        yield from check_letters(
            box, deployed.output("FrameBucketName"), self._registry_of(deployed), self._now
        )

    def _registry(self, deployed: Deployed) -> Iterator[Finding]:
        found = list(self._registry_of(deployed).scan())
        broken = [one for one in found if isinstance(one, InvalidCamera)]
        self._cameras = [one for one in found if isinstance(one, RegisteredCamera)]
        self._broken = {camera.camera_id for camera in broken}
        cameras = [one.camera for one in self._cameras]
        yield from registry.judge(cameras, broken, self._now)
        paginator = self._clients.kinesisvideo.get_paginator("list_streams")
        pages = paginator.paginate(PaginationConfig={"PageSize": 1000})  # KVS itself gives 10
        streams = [stream["StreamName"] for page in pages for stream in page["StreamInfoList"]]
        yield registry.judge_streams(cameras, streams)

    def _registry_of(self, deployed: Deployed) -> CameraRegistry:
        return CameraRegistry(self._clients.dynamodb, deployed.output("CameraTableName"))

    def _chosen(self, camera_ids: Collection[str]) -> list[RegisteredCamera]:
        """The cameras to look at, in the order of their names."""
        cameras = {one.camera.camera_id: one for one in self._cameras or ()}
        if self._cameras is not None and (strange := sorted(set(camera_ids) - cameras.keys() - self._broken)):
            raise UnknownCamera(strange[0])
        return [cameras[name] for name in sorted(cameras) if not camera_ids or name in camera_ids]
