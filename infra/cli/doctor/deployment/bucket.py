"""The frame bucket: it tells the counter of frames, keeps none for long, and shows none to anybody."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.cli.aws.stack import Deployed
from infra.cli.doctor.checks.clients import Clients
from infra.cli.doctor.checks.findings import Finding, ok, warning, wrong
from infra.cli.doctor.deployment.stack import DEPLOY_AGAIN
from ingest.frames.keys import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_NOT_SET = {"NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration"}


def check_bucket(clients: Clients, deployed: Deployed) -> Iterator[Finding]:
    """All of its settings that the stack relies on."""
    s3, bucket = clients.s3, deployed.output("FrameBucketName")
    queue = deployed.output("FrameQueueUrl").rpartition("/")[2]
    try:
        notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    except s3.exceptions.NoSuchBucket:
        yield wrong(f"the frame bucket {bucket} does not exist: somebody deleted it", DEPLOY_AGAIN)
        return
    yield judge_notification(bucket, queue, notification)
    yield judge_lifecycle(bucket, _lifecycle(s3, bucket))
    yield judge_public(bucket, _public_block(s3, bucket))
    yield judge_versioning(bucket, s3.get_bucket_versioning(Bucket=bucket).get("Status"))


def judge_notification(bucket: str, queue: str, configuration: Mapping[str, Any]) -> Finding:
    """Whether each new frame is told to the frame queue."""
    for told in configuration.get("QueueConfigurations", []):
        rules = told.get("Filter", {}).get("Key", {}).get("FilterRules", [])
        only = [rule["Value"] for rule in rules]
        if (
            told["QueueArn"].rpartition(":")[2] == queue
            and "s3:ObjectCreated:*" in told["Events"]
            and only in ([], [PREFIX])
        ):
            return ok(f"bucket {bucket} tells the queue {queue} of each frame")
    return wrong(
        f"bucket {bucket} does not tell the queue {queue} of new frames (s3:ObjectCreated:* below {PREFIX}):"
        " nothing is counted",
        DEPLOY_AGAIN,
    )


def judge_lifecycle(bucket: str, rules: list[Mapping[str, Any]]) -> Finding:
    """Whether frames that nobody deletes go by themselves."""
    days = [
        rule["Expiration"]["Days"]
        for rule in rules
        if rule["Status"] == "Enabled" and "Days" in rule.get("Expiration", {}) and _covers_frames(rule)
    ]
    if not days:
        return wrong(
            f"bucket {bucket} has no lifecycle rule that expires frames: images that could not be counted"
            " stay for ever",
            DEPLOY_AGAIN,
        )
    if min(days) > 1:
        return warning(
            f"bucket {bucket} keeps frames that could not be counted for {min(days)} days",
            f"set its lifecycle rule to 1 day, or {DEPLOY_AGAIN}",
        )
    return ok(f"bucket {bucket} keeps no frame for longer than a day")


def judge_public(bucket: str, block: Mapping[str, bool]) -> Finding:
    """Whether public access is blocked in all four ways."""
    if lacking := [name for name in _BLOCKS if not block.get(name)]:
        return wrong(
            f"bucket {bucket} does not block public access ({', '.join(lacking)} off): a wrong policy could"
            " show images of your customers to anybody",
            f"switch all four on in the console of S3, or {DEPLOY_AGAIN}",
        )
    return ok(f"bucket {bucket} blocks public access")


def judge_versioning(bucket: str, status: str | None) -> Finding:
    """Whether a deleted frame is gone."""
    if status is None:
        return ok(f"bucket {bucket} is unversioned: a deleted frame is gone")
    return wrong(
        f"bucket {bucket} is versioned ({status}): frames that were deleted are kept as old versions",
        "suspend the versioning and delete the old versions; a bucket that was versioned once never is again"
        " unversioned, so replacing it by a new one is surer",
    )


def _covers_frames(rule: Mapping[str, Any]) -> bool:
    # An old rule names its prefix beside the filter; a filter of tags or sizes covers some frames at most.
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
    """S3 answers with an error where there is no configuration; any other is raised again."""
    if error.response["Error"].get("Code") not in _NOT_SET:
        raise error
