"""The deployed stack: its outputs say where everything is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

DEFAULT_STACK = "store-occupancy"

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
class Stack:
    """What the commands need to know of a deployment: its tables, its bucket, its queue."""

    name: str
    camera_table: str
    occupancy_table: str
    quarter_hour_table: str
    frame_bucket: str
    frame_queue_url: str


def find_stack(cloudformation: "CloudFormationClient", name: str) -> Stack:
    """Read the outputs of a stack. Raises StackNotFound or StackIncomplete."""
    try:
        (description,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        # CloudFormation has no error of its own for this.
        if "does not exist" not in error.response["Error"].get("Message", ""):
            raise
        raise StackNotFound(name, cloudformation.meta.region_name) from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}
    for output in _OUTPUTS.values():
        if output not in outputs:
            raise StackIncomplete(name, description["StackStatus"], output)
    return Stack(name, **{field: outputs[output] for field, output in _OUTPUTS.items()})
