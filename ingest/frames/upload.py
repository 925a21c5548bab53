"""The frame bucket: where frames wait until they are counted."""

from typing import TYPE_CHECKING

from ingest.frames.keys import FrameKey

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class FrameBucket:
    """Puts frames; S3 tells the frame queue of each. The client may be shared by threads."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def put(self, key: FrameKey, jpeg: bytes) -> None:
        """Store a frame. The same frame again changes nothing but costs one more event."""
        self._s3.put_object(Bucket=self._bucket, Key=str(key), Body=jpeg, ContentType="image/jpeg")
