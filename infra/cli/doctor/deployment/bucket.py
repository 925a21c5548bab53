"""Checks the frame bucket: its notifications, lifecycle rule, public access block and versioning."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.cli.aws.stack import DeployedStack
from infra.cli.doctor.checks.clients import DoctorClients
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from ingest.frames.keys import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_NOT_SET = {"NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration"}


def check_bucket(clients: DoctorClients, deployed: DeployedStack) -> Iterator[Finding]:
    """All settings of the bucket that the stack needs."""
    s3, bucket = clients.s3, deployed.output("FrameBucketName")
    queue = deployed.output("FrameQueueUrl").rpartition("/")[2]
    try:
        configuration = s3.get_bucket_notification_configuration(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        yield wrong(f"the frame bucket {bucket} does not exist: somebody deleted it", DEPLOY_AGAIN)
        return
    yield judge_notification(bucket, queue, configuration)
    yield judge_lifecycle(bucket, _lifecycle(s3, bucket))
    yield judge_public(bucket, _public_block(s3, bucket))
    yield judge_versioning(bucket, s3.get_bucket_versioning(Bucket=bucket).get("Status"))


def judge_notification(bucket: str, queue: str, configuration: Mapping[str, Any]) -> Finding:
    """Whether the bucket notifies the frame queue of each new frame."""
    for notification in configuration.get("QueueConfigurations", []):
        rules = notification.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        prefixes = [rule["Value"] for rule in rules]
        if (
            notification["QueueArn"].rpartition(":")[2] == queue
            and "s3:ObjectCreated:*" in notification["Events"]
            and prefixes in ([], [PREFIX])
        ):
            return ok(f"bucket {bucket} notifies queue {queue} of each frame")
    return wrong(
        f"bucket {bucket} does not notify queue {queue} of new frames (s3:ObjectCreated:* below {PREFIX}):"
        " nothing is counted",
        DEPLOY_AGAIN,
    )


def judge_lifecycle(bucket: str, rules: list[Mapping[str, Any]]) -> Finding:
    """Whether S3 deletes the frames that are left."""
    days = [
        rule["Expiration"]["Days"]
        for rule in rules
        if rule["Status"] == "Enabled" and "Days" in rule.get("Expiration", {}) and _covers_frames(rule)
    ]
    if not days:
        return wrong(
            f"bucket {bucket} has no lifecycle rule that expires frames: images that could not be counted"
            " stay forever",
            DEPLOY_AGAIN,
        )
    if min(days) > 1:
        return warning(
            f"bucket {bucket} keeps frames that could not be counted for {min(days)} days",
            f"set its lifecycle rule to 1 day, or {DEPLOY_AGAIN}",
        )
    return ok(f"bucket {bucket} keeps frames for at most a day")


def judge_public(bucket: str, block: Mapping[str, bool]) -> Finding:
    """Whether all four settings that block public access are on."""
    if missing := [name for name in _BLOCKS if not block.get(name)]:
        return wrong(
            f"bucket {bucket} does not block public access ({', '.join(missing)} off): a wrong policy could"
            " make images of your customers public",
            f"switch on all four in the S3 console, or {DEPLOY_AGAIN}",
        )
    return ok(f"bucket {bucket} blocks public access")


def judge_versioning(bucket: str, status: str | None) -> Finding:
    """Whether a deleted frame is really deleted."""
    if status is None:
        return ok(f"bucket {bucket} is not versioned: deleted frames are gone")
    return wrong(
        f"bucket {bucket} is versioned ({status}): deleted frames are kept as old versions",
        "suspend versioning and delete the old versions, or replace the bucket: a versioned bucket can never"
        " become unversioned again",
    )


def _covers_frames(rule: Mapping[str, Any]) -> bool:
    # Old rules have the prefix outside the filter; a filter by tag or size covers only some frames.
    narrowed = rule.get("Filter", {}).keys() - {"Prefix"}
    prefix: str = rule.get("Filter", {}).get("Prefix", rule.get("Prefix", ""))
    return not narrowed and PREFIX.startswith(prefix)


def _lifecycle(s3: "S3Client", bucket: str) -> list[Mapping[str, Any]]:
    try:
        return [*s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]]
    except ClientError as error:
        _require_not_set(error)
        return []


def _public_block(s3: "S3Client", bucket: str) -> Mapping[str, bool]:
    try:
        return {**s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]}  # type: ignore[dict-item]  # a TypedDict of bools
    except ClientError as error:
        _require_not_set(error)
        return {}


def _require_not_set(error: ClientError) -> None:
    """S3 answers with an error if there is no configuration; raise all other errors again."""
    if error.response["Error"].get("Code") not in _NOT_SET:
        raise error
