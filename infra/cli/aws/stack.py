"""The deployed stack: its outputs say where everything is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.iam.actions import Place
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

DEFAULT_STACK = "store-occupancy"

OUTPUTS = (
    "FrameBucketName",
    "FrameQueueUrl",
    "FrameDeadLetterQueueUrl",
    "PullQueueUrl",
    "PullDeadLetterQueueUrl",
    "CameraTableName",
    "OccupancyTableName",
    "QuarterHourTableName",
    "ScheduleFunctionName",
    "PullFunctionName",
    "CounterFunctionName",
    "ClosingFunctionName",
    "AlarmTopicArn",
    "FrameUploadPolicyArn",
)
"""Those of this version's template."""

_OUTPUTS = {
    "camera_table": "CameraTableName",
    "occupancy_table": "OccupancyTableName",
    "quarter_hour_table": "QuarterHourTableName",
    "frame_bucket": "FrameBucketName",
    "frame_queue_url": "FrameQueueUrl",
}


class StackNotFound(OccupancyError):
    """No stack of that name in that region."""

    def __init__(self, name: str, region: str) -> None:
        super().__init__(
            f"stack {name!r} does not exist in {region}: deploy it by `sam build && sam deploy --guided`,"
            " or name yours by --stack and --region (or OCCUPANCY_STACK and AWS_REGION)"
        )


class StackIncomplete(OccupancyError):
    """A stack that lacks an output: another application's, an older one, or one not deployed to its end."""

    def __init__(self, name: str, status: str, output: str) -> None:
        super().__init__(
            f"stack {name!r} ({status}) has no output {output}: is it the stack of store-occupancy, and is"
            " its deployment complete? Deploy it again by `sam build && sam deploy`"
        )


@dataclass(frozen=True)
class Deployed:
    """A stack by its name, with whatever outputs and parameters it has."""

    name: str
    status: str
    place: Place
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    def output(self, name: str) -> str:
        """An output's value. Raises StackIncomplete."""
        if name not in self.outputs:
            raise StackIncomplete(self.name, self.status, name)
        return self.outputs[name]


@dataclass(frozen=True)
class Stack:
    """What the commands need to know of a deployment: its tables, its bucket, its queue."""

    name: str
    camera_table: str
    occupancy_table: str
    quarter_hour_table: str
    frame_bucket: str
    frame_queue_url: str


def find(cloudformation: "CloudFormationClient", name: str) -> Deployed:
    """The stack of that name, in whatever state it is. Raises StackNotFound."""
    try:
        (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation has no error of its own for this.
        if "does not exist" not in error.response["Error"].get("Message", ""):
            raise
        raise StackNotFound(name, cloudformation.meta.region_name) from error
    _, partition, _, region, account, _ = described["StackId"].split(":", 5)
    return Deployed(
        name,
        described["StackStatus"],
        Place(region, account, partition),
        {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])},
        {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])},
    )


def find_stack(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """What the commands need of a stack. Raises StackNotFound or StackIncomplete."""
    deployed = find(cloudformation, name)
    return Stack(name, **{field: deployed.output(output) for field, output in _OUTPUTS.items()})
