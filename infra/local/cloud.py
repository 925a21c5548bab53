"""The local cloud: the AWS services that the stack uses, provisioned from `template.yaml`."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

import boto3

from counter.rows.table import OccupancyTable
from infra.local.audit import Audit
from infra.local.aws.moto import MotoServer
from infra.local.aws.request_observer import RequestObserver
from infra.local.environment import environment
from infra.local.kvs.server import KvsServer
from infra.local.rekognition.detectors.detection import Detector
from infra.local.rekognition.server import RekognitionServer
from infra.local.stack.attributes import ACCOUNT
from infra.local.stack.provision import provision, update
from infra.local.stack.template import Template, load
from infra.local.wire.listening import PortInUse
from ingest.registry.table import CameraRegistry

if TYPE_CHECKING:
    from infra.local.stack.resources import ProvisionedStack

REGION = "us-east-1"
STACK = "store-occupancy"
CREDENTIALS = {"local": "local-secret"}
"""Access key id -> secret, valid for the services of this machine only."""


class LocalCloud:
    """moto, KVS and Rekognition on 127.0.0.1 with the provisioned stack, inside a `with`.

    `port` is the first of three consecutive ports (moto, KVS, Rekognition); 0 takes free ones. `environment`
    is also set in the process, so that every boto3 client finds the services. `start_kvs` makes the KVS
    server, for another clock or other limits. `tell` reports each step of the start.
    Raises PortInUse, and what `template.load` and `provision` raise.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        port: int = 0,
        template: Template | None = None,
        parameters: Mapping[str, str] | None = None,
        start_kvs: Callable[..., KvsServer] = KvsServer,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._detector = detector
        self._ports = (port, port + 1, port + 2) if port else (0, 0, 0)
        self._template = template
        self._parameters = parameters
        self._start_kvs = start_kvs
        self._tell = tell
        self._parts = ExitStack()
        self.environment: dict[str, str] = {}
        self.kvs: KvsServer
        self.stack: ProvisionedStack
        self.audit: Audit
        self.registry: CameraRegistry
        self.occupancy: OccupancyTable
        self._moto: MotoServer

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            try:
                self._start(parts)
            except PortInUse as error:
                raise PortInUse(f"{error} {_choice_of(self._ports)}") from None
            self._parts = parts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parts.close()

    def update(self, template: Template, parameters: Mapping[str, str] | None = None) -> None:
        """Update the stack in place to another template. Raises what `provision.update` raises."""
        self.stack = update(boto3.Session(region_name=REGION), self.stack, template, parameters)

    def observe(self, observer: RequestObserver) -> None:
        """From now on, show `observer` every write to the tables and every deletion."""
        self._moto.observers.append(observer)

    def _start(self, parts: ExitStack) -> None:
        moto_port, kvs_port, rekognition_port = self._ports
        self._moto = parts.enter_context(MotoServer(CREDENTIALS, port=moto_port))
        self.kvs = parts.enter_context(
            self._start_kvs(CREDENTIALS, region=REGION, account=ACCOUNT, port=kvs_port)
        )
        rekognition = parts.enter_context(
            RekognitionServer(
                self._detector, credentials=CREDENTIALS, s3_endpoint=self._moto.url, port=rekognition_port
            )
        )
        self.environment = _environment(self._moto.url, self.kvs.url, rekognition.url)
        # powertools reads the environment of the process, which on Lambda is the function's.
        for_functions = {"POWERTOOLS_METRICS_NAMESPACE": STACK}
        parts.enter_context(environment(self.environment | for_functions, without=_UNSET))
        self._tell(f"provisioning the stack {STACK}")
        self._provision()

    def _provision(self) -> None:
        session = boto3.Session(region_name=REGION)
        self.stack = provision(session, self._template or load(region=REGION), STACK, self._parameters)
        outputs, dynamodb = self.stack.outputs, session.client("dynamodb")
        self.registry = CameraRegistry(dynamodb, outputs["CameraTableName"])
        self.occupancy = OccupancyTable(
            dynamodb, outputs["OccupancyTableName"], outputs["QuarterHourTableName"]
        )
        self.audit = Audit(outputs["FrameBucketName"], self.registry, self.occupancy)
        self.observe(self.audit)


def _choice_of(ports: Sequence[int]) -> str:
    """What follows the words "choose another" of PortInUse."""
    return f"with --port, the first of three free ports in a row (here {ports[0]} to {ports[-1]}; 0: any)"


# Variables that could direct a client away from this machine.
_UNSET = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_KINESIS_VIDEO_ARCHIVED_MEDIA",
    "AWS_ENDPOINT_URL_KINESIS_VIDEO_MEDIA",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


def _environment(moto_url: str, kvs_url: str, rekognition_url: str) -> dict[str, str]:
    ((access_key, secret),) = CREDENTIALS.items()
    return {
        "AWS_ENDPOINT_URL": moto_url,
        "AWS_ENDPOINT_URL_KINESIS_VIDEO": kvs_url,
        "AWS_ENDPOINT_URL_REKOGNITION": rekognition_url,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }
