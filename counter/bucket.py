"""The frame bucket as this package sees it: what waits there, is it there, take it away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ingest.frames.keys import PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

MAX_KEYS = 1000
"""How many DeleteObjects takes and ListObjectsV2 gives."""


@dataclass(frozen=True)
class FrameBucket:
    """Frames on their way. The client may be shared by threads."""

    s3: "S3Client"
    name: str

    def holds(self, key: str) -> bool:
        """Whether the object is there. Raises ClientError for any answer but 200 and 404.

        Without ListBucket on the bucket S3 answers 403 for a key that is not there.
        """
        try:
            self.s3.head_object(Bucket=self.name, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def delete(self, keys: Sequence[str]) -> dict[str, str]:
        """Delete objects; the code of the error for each that is still there. A missing key is no error."""
        failed: dict[str, str] = {}
        for first in range(0, len(keys), MAX_KEYS):
            objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys[first : first + MAX_KEYS]]
            answer = self.s3.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
            failed |= {error["Key"]: error["Code"] for error in answer.get("Errors", ())}
        return failed

    def waiting(self, pages: int) -> Iterator[tuple[str, datetime]]:
        """Keys under the frame prefix and when S3 stored them; at most `pages` times a thousand."""
        paginator = self.s3.get_paginator("list_objects_v2")
        listing = paginator.paginate(
            Bucket=self.name, Prefix=PREFIX, PaginationConfig={"MaxItems": pages * MAX_KEYS}
        )
        return ((item["Key"], item["LastModified"]) for page in listing for item in page.get("Contents", ()))
