"""One run of doctor: which checks there are, and in which order their findings are shown."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from counter.counting.detection import Pace
from infra.capacity.rates import DEFAULT_RATE
from infra.cli.aws.deployment import Deployment
from infra.cli.aws.stack import DeployedStack, StackNotFound, find_stack
from infra.cli.dead_letters.explanation import SourceQueue
from infra.cli.dead_letters.queue import dead_letter_queues
from infra.cli.doctor.cameras.clocks import judge_own, trusted_time
from infra.cli.doctor.cameras.image_trial import ImageTrials, is_measured
from infra.cli.doctor.cameras.inspection import Inspection
from infra.cli.doctor.cameras.one_frame import FrameCounting
from infra.cli.doctor.checks.check import Check, read
from infra.cli.doctor.checks.clients import DoctorClients, aws_time
from infra.cli.doctor.checks.findings import Finding, Group, wrong
from infra.cli.doctor.deployment import registry, stack
from infra.cli.doctor.deployment.alarms import check_alarms
from infra.cli.doctor.deployment.bucket import check_bucket
from infra.cli.doctor.deployment.capacity import check_capacity
from infra.cli.doctor.deployment.concurrency import check_concurrency
from infra.cli.doctor.deployment.functions import check_function
from infra.cli.doctor.deployment.opt_out import check_opt_out
from infra.cli.doctor.deployment.permissions import check_role
from infra.cli.doctor.deployment.queue_settings import check_settings
from infra.cli.doctor.deployment.queues import check_dead_letters, check_queue
from infra.cli.doctor.deployment.recounts import check_recounts
from infra.cli.doctor.deployment.registry import RegistryContents
from infra.cli.doctor.deployment.store_zones import check_store_zones
from infra.cli.doctor.deployment.stream_tags import check_stream_tags
from infra.iam.functions import QUEUES, StackFunction
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import UnknownCamera
from ingest.registry.table import CameraRegistry

Run = Callable[[Sequence[Check]], list[Group]]
"""Runs checks in parallel."""


@dataclass(frozen=True)
class TrialOptions:
    """Who is told of the measurement of GetImages.

    `begin` gets how many cameras will be measured, before it costs anything; `advance` how many instants are.
    """

    begin: Callable[[int], None]
    advance: Callable[[int], None]


@dataclass(frozen=True)
class Options:
    """What the operator chose: whether a frame of each camera is counted, and GetImages measured."""

    frames: bool = True
    trials: TrialOptions | None = None


def examine(
    deployment: Deployment, clients: DoctorClients, run: Run, camera_ids: Collection[str], options: Options
) -> Iterator[Group]:
    """All findings: the clock and the stack, then the deployment, then the cameras.

    A part that cannot be read skips only the checks that need it. Raises UnknownCamera for a camera that is
    not in the registry.
    """
    name = deployment.stack_name
    own_time = deployment.clock.now()
    aws = read("this machine's clock", partial(aws_time, clients.cloudformation, name))
    yield Group("clock", tuple(_clock_findings(own_time, aws)))
    deployed = read("the stack", partial(_find_stack, clients, name))
    if isinstance(deployed, Finding):
        yield Group("stack", (deployed,))
        return
    yield Group("stack", tuple(stack.judge(deployed)))
    # A wrong clock of this machine must not make all other findings wrong.
    now = own_time if aws is None or isinstance(aws, Finding) else trusted_time(own_time, aws)
    contents = read("the registry", partial(_read_registry, clients, deployed))
    cameras = [] if isinstance(contents, Finding) else chosen_cameras(contents, camera_ids)
    if options.trials:
        options.trials.begin(sum(is_measured(item.camera, now) for item in cameras))
    yield from run(list(_Deployment(clients, deployed, now).checks(contents)))
    counting = FrameCounting(clients.rekognition, Pace(_detection_rate(deployed))) if options.frames else None
    trials = ImageTrials(clients.kvs, now, options.trials.advance) if options.trials else None
    inspection = Inspection(clients, deployed, now, counting, trials)
    yield from run([check for camera in cameras for check in inspection.checks(camera)])


def chosen_cameras(contents: RegistryContents, camera_ids: Collection[str]) -> list[RegisteredCamera]:
    """The cameras to check, by ID; all of them if no IDs are given.

    Raises UnknownCamera for an ID that is not in the registry; those of unreadable items are skipped.
    """
    cameras = {item.camera.camera_id: item for item in contents.cameras}
    unreadable = {camera.camera_id for camera in contents.unreadable}
    if unknown := sorted(set(camera_ids) - cameras.keys() - unreadable):
        raise UnknownCamera(unknown[0])
    return [cameras[name] for name in sorted(cameras) if not camera_ids or name in camera_ids]


@dataclass(frozen=True)
class _Deployment:
    """The checks of a deployed stack."""

    clients: DoctorClients
    deployed: DeployedStack
    now: datetime

    def checks(self, contents: RegistryContents | Finding) -> Iterator[Check]:
        """All checks of the deployment, from its functions to its registry."""
        yield from self._function_checks()
        clients, deployed = self.clients, self.deployed
        yield Check("frame bucket", "the frame bucket", partial(check_bucket, clients, deployed))
        yield Check("alarms", "the alarms", partial(check_alarms, clients, deployed))
        yield Check(
            "opt-out", "the AI services opt-out policy", partial(check_opt_out, clients.organizations)
        )
        for function in StackFunction:
            role = f"the role of {function}Function"
            yield Check("permissions", role, partial(check_role, clients, deployed, function))
        for function in QUEUES:
            queue = f"the queue of {function}Function"
            yield Check("queues", queue, partial(check_queue, clients, deployed, function, self.now))
        for source in SourceQueue:
            letters = f"the dead letters of the {source} queue"
            yield Check("queues", letters, partial(self._dead_letters, source))
        capacity = partial(check_capacity, clients, deployed, contents, self.now)
        yield Check("capacity", "whether the stack suffices for its cameras", capacity)
        yield Check("registry", "the registry", partial(self._registry, contents))
        zones = partial(check_store_zones, clients, deployed, contents)
        yield Check("registry", "the time zones of the stores", zones)
        recounts = partial(check_recounts, clients, deployed, self.now)
        yield Check("registry", "the recounts", recounts)
        tags = partial(check_stream_tags, clients, deployed, contents)
        yield Check("registry", "the tags of the streams", tags)

    def _function_checks(self) -> Iterator[Check]:
        clients, deployed = self.clients, self.deployed
        for function in StackFunction:
            yield Check(
                "functions", f"{function}Function", partial(check_function, clients, deployed, function)
            )
        limit = "the account's concurrent executions"
        yield Check("functions", limit, partial(check_concurrency, clients, deployed))
        for function in QUEUES:
            queue = f"the queue of {function}Function"
            yield Check("queue settings", queue, partial(check_settings, clients, deployed, function))

    def _dead_letters(self, source: SourceQueue) -> Iterator[Finding]:
        queue = dead_letter_queues(self.clients.sqs, self.deployed)[source]
        bucket = self.deployed.output("FrameBucketName")
        yield from check_dead_letters(queue, bucket, _registry_of(self.clients, self.deployed), self.now)

    def _registry(self, contents: RegistryContents | Finding) -> Iterator[Finding]:
        if isinstance(contents, Finding):
            yield contents
            return
        yield from registry.judge(contents, self.now)
        paginator = self.clients.kinesisvideo.get_paginator("list_streams")
        pages = paginator.paginate(PaginationConfig={"PageSize": 1000})  # the default page has 10 streams
        streams = [stream["StreamName"] for page in pages for stream in page["StreamInfoList"]]
        yield registry.judge_streams(contents, streams)


def _clock_findings(own_time: datetime, aws: datetime | Finding | None) -> Iterator[Finding]:
    if isinstance(aws, Finding):
        yield aws
    elif aws is not None:
        yield judge_own(own_time, aws)


def _find_stack(clients: DoctorClients, name: str) -> DeployedStack | Finding:
    try:
        return find_stack(clients.cloudformation, name)
    except StackNotFound as error:
        return wrong(error.problem, error.way_out)


def _read_registry(clients: DoctorClients, deployed: DeployedStack) -> RegistryContents:
    return RegistryContents.from_items(_registry_of(clients, deployed).scan())


def _registry_of(clients: DoctorClients, deployed: DeployedStack) -> CameraRegistry:
    return CameraRegistry(clients.dynamodb, deployed.output("CameraTableName"))


def _detection_rate(deployed: DeployedStack) -> float:
    return float(deployed.parameters.get("DetectLabelsPerSecond", DEFAULT_RATE))
