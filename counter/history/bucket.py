"""The history bucket: objects that are only replaced by one who has seen what they hold.

S3 compares the ETag of If-Match, and with `If-None-Match: *` wants no object ("How to prevent object
overwrites with conditional writes", S3 User Guide): 412 if it differs, 409 if another request for the same
key is under way, 404 if the object to be replaced is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.aws.failures import member
from ingest.errors import OccupancyError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import PutObjectRequestTypeDef

CHUNK = 1 << 16
_OVERTAKEN = {404, 409, 412}


class Overtaken(OccupancyError):
    """Another closing has written the object since it was read."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was written by another closing since it was read")


@dataclass(frozen=True)
class StoredFile:
    """An object as it was read; `packed` is its content as it lies there."""

    packed: bytes
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HistoryBucket:
    """The bucket `name`. Threads may share the client."""

    s3: "S3Client"
    name: str

    def get(self, key: str) -> StoredFile | None:
        """An object, or None. Raises ClientError for any answer but 200 and 404."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key)
        except self.s3.exceptions.NoSuchKey:
            return None
        with answer["Body"] as body:
            return StoredFile(body.read(), member(answer, "ETag"), answer.get("Metadata", {}))

    def put(self, key: str, packed: bytes, metadata: Mapping[str, str], seen: StoredFile | None) -> None:
        """Put an object in place of `seen`, None if there was none. Raises Overtaken."""
        request: PutObjectRequestTypeDef = {
            "Bucket": self.name,
            "Key": key,
            "Body": packed,
            "Metadata": metadata,
            "ContentType": "application/gzip",
        }
        if seen is None:
            request["IfNoneMatch"] = "*"
        else:
            request["IfMatch"] = seen.etag
        try:
            member(self.s3.put_object(**request), "ETag")
        except self.s3.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in _OVERTAKEN:
                raise Overtaken(key) from error
            raise


def parts(packed: bytes) -> Iterator[bytes]:
    """Content in parts, as `read_objects` takes it."""
    return (packed[first : first + CHUNK] for first in range(0, len(packed), CHUNK))
