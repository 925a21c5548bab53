"""The frame bucket: frames wait there until they are counted, and are deleted afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.aws.failures import member
from ingest.frames.inspection import Inspection
from ingest.frames.keys import PREFIX, FrameKey

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MAX_KEYS = 1000
"""The most keys that one DeleteObjects takes and one ListObjectsV2 returns."""


@dataclass(frozen=True)
class StoredFrame:
    """What S3 says of a frame; `inspection` is its sender's, None if that does not inspect its frames."""

    size: int
    inspection: Inspection | None


@dataclass(frozen=True)
class FrameBucket:
    """The bucket `name`. The client may be shared by threads."""

    s3: "S3Client"
    name: str

    def put(self, key: FrameKey, jpeg: bytes, inspection: Inspection | None = None) -> None:
        """Store a frame; S3 notifies the frame queue. Storing it again only costs one more notification.

        Raises ResponseParserError if what answered is not S3, which gives each object an ETag.
        """
        answer = self.s3.put_object(
            Bucket=self.name,
            Key=str(key),
            Body=jpeg,
            ContentType="image/jpeg",
            Metadata=inspection.to_metadata() if inspection else {},
        )
        member(answer, "ETag")

    def find(self, key: str) -> StoredFrame | None:
        """The frame, or None if it does not exist. Raises ClientError for any answer but 200 and 404.

        Without ListBucket on the bucket, S3 answers 403 for a missing key.
        """
        try:
            answer = self.s3.head_object(Bucket=self.name, Key=key)
        except self.s3.exceptions.ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                return None
            raise
        size = int(member(answer, "ContentLength"))
        return StoredFrame(size, Inspection.from_metadata(answer.get("Metadata", {})))

    def read(self, key: str) -> bytes | None:
        """The bytes of a frame, or None if it does not exist. Raises ClientError as `find` does."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key)
        except self.s3.exceptions.NoSuchKey:
            return None
        with answer["Body"] as body:
            return body.read()

    def start_of(self, key: str, length: int) -> tuple[bytes, int]:
        """The first `length` bytes of an object, and its size. Raises ClientError if it is missing."""
        try:
            answer = self.s3.get_object(Bucket=self.name, Key=key, Range=f"bytes=0-{length - 1}")
        except self.s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":  # an empty object has no first byte
                return b"", 0
            raise
        with answer["Body"] as body:
            return body.read(), int(answer["ContentRange"].rpartition("/")[2])

    def delete(self, keys: Sequence[str]) -> dict[str, str]:
        """Delete objects; return key -> error code for those not deleted. A missing key is not an error."""
        failed: dict[str, str] = {}
        for first in range(0, len(keys), MAX_KEYS):
            objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[first : first + MAX_KEYS]]
            answer = self.s3.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
            failed |= {error["Key"]: error["Code"] for error in answer.get("Errors", ())}
        return failed

    def waiting(self, pages: int) -> Iterator[tuple[str, datetime]]:
        """List keys under the frame prefix with their LastModified; at most `pages` pages of MAX_KEYS."""
        paginator = self.s3.get_paginator("list_objects_v2")
        listing = paginator.paginate(
            Bucket=self.name, Prefix=PREFIX, PaginationConfig={"MaxItems": pages * MAX_KEYS}
        )
        return ((item["Key"], item["LastModified"]) for page in listing for item in page.get("Contents", ()))
