"""A stack in whatever state it is: what CloudFormation says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.calls import Place
from infra.cli.stack import StackIncomplete, StackNotFound

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

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
