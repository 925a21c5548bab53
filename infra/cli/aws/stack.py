"""The deployed stack: its outputs name its resources."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.cli.aws.regions import region_problem
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
    "StoreTableName",
    "HistoryBucketName",
    "ScheduleFunctionName",
    "PullFunctionName",
    "CounterFunctionName",
    "ClosingFunctionName",
    "AlarmTopicArn",
    "MonthlyImageCap",
)
"""The outputs of this version's template, except `FrameUploadPolicyArn`, which a parameter removes."""

_OUTPUTS = {
    "camera_table": "CameraTableName",
    "occupancy_table": "OccupancyTableName",
    "quarter_hour_table": "QuarterHourTableName",
    "frame_bucket": "FrameBucketName",
    "frame_queue_url": "FrameQueueUrl",
}


class StackNotFound(OccupancyError):
    """There is no stack of that name in that region."""

    def __init__(self, name: str, region: str) -> None:
        missing, instead = region_problem(region) or ("", "deploy it with `sam build && sam deploy --guided`")
        self.problem = f"stack {name!r} does not exist in {region}" + (missing and f", and {missing}")
        self.way_out = (
            f"{instead}, or name yours with --stack and --region (or OCCUPANCY_STACK and AWS_REGION)"
        )
        super().__init__(f"{self.problem}: {self.way_out}")


class StackIncomplete(OccupancyError):
    """A stack that lacks an output: of another application, of an older version, or not fully deployed."""

    def __init__(self, name: str, status: str, output: str) -> None:
        super().__init__(
            f"stack {name!r} ({status}) has no output {output}: is it the stack of store-occupancy, and is"
            " its deployment complete? Deploy it again with `sam build && sam deploy`"
        )


@dataclass(frozen=True)
class DeployedStack:
    """A stack in any state, with the outputs and parameters that it has."""

    name: str
    status: str
    place: Place
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    def output(self, name: str) -> str:
        """The value of an output. Raises StackIncomplete."""
        if name not in self.outputs:
            raise StackIncomplete(self.name, self.status, name)
        return self.outputs[name]


@dataclass(frozen=True)
class StackResources:
    """The names of the resources that the commands use."""

    name: str
    camera_table: str
    occupancy_table: str
    quarter_hour_table: str
    frame_bucket: str
    frame_queue_url: str


def find_stack(cloudformation: "CloudFormationClient", name: str) -> DeployedStack:
    """The stack of that name, in any state. Raises StackNotFound."""
    try:
        (described,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation has no error code for this.
        if "does not exist" not in error.response["Error"].get("Message", ""):
            raise
        raise StackNotFound(name, cloudformation.meta.region_name) from error
    _, partition, _, region, account, _ = described["StackId"].split(":", 5)
    return DeployedStack(
        name,
        described["StackStatus"],
        Place(region, account, partition),
        {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])},
        {
            parameter["ParameterKey"]: parameter["ParameterValue"]
            for parameter in described.get("Parameters", [])
        },
    )


def find_stack_resources(cloudformation: "CloudFormationClient", name: str) -> StackResources:
    """The resources of the stack of that name. Raises StackNotFound or StackIncomplete."""
    return resources_of(find_stack(cloudformation, name))


def resources_of(deployed: DeployedStack) -> StackResources:
    """The resources that the commands use. Raises StackIncomplete."""
    return StackResources(
        deployed.name, **{field: deployed.output(output) for field, output in _OUTPUTS.items()}
    )
