"""Spool -> frame bucket: sends the oldest frame first, and repeats it until it has arrived."""

from __future__ import annotations

import logging
from random import Random
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from deeplens.camera.inspection import NOTHING, PICTURE, metadata_of
from deeplens.common.errors import UnitError
from deeplens.common.failures import AWS_FAILURES, AwsError, code_of, name_of
from deeplens.common.instants import key
from deeplens.common.settings import Settings
from deeplens.common.status_log import StatusLog
from deeplens.spool import Spool

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AHEAD = 120
"""Seconds that an instant may lie ahead of the clock: the counter refuses frames further ahead of S3's."""
IDLE = 0.2
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2})
"""The time-outs and retries of each call to AWS."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds to wait after a failed upload, doubled each time, with jitter."""

_WAYS_OUT = {
    "NoSuchBucket": "it does not exist: set `bucket` to the stack's output FrameBucketName",
    "AccessDenied": (
        "access is denied: the unit's role needs s3:PutObject on its camera's prefix, see docs/deeplens.md"
    ),
    "RequestTimeTooSkewed": "the unit's clock is wrong: set it by NTP (timedatectl)",
    "PermanentRedirect": "it is in another region: set AWS_DEFAULT_REGION to the stack's",
    "ExpiredToken": "the credentials have expired and were not renewed: see docs/deeplens.md",
    "InvalidAccessKeyId": "AWS does not know the credentials: see docs/deeplens.md",
    "SignatureDoesNotMatch": "the credentials are wrong: see docs/deeplens.md",
}
_NO_PICTURE = "the camera's picture is black or of one colour: is the lens covered, or the light off?"
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)

logger = logging.getLogger("deeplens")


def s3_client() -> S3Client:
    """Return a new S3 client. Raises UnitError without a region."""
    if not boto3.Session().region_name:  # S3 works without a region too, but redirects each call
        raise UnitError("AWS_DEFAULT_REGION is not set: give the region of the stack")
    return boto3.client("s3", config=PATIENCE)


class Uploader:
    """The work of one thread: each step is one upload."""

    def __init__(
        self, s3: S3Client, settings: Settings, spool: Spool, status_log: StatusLog, random: Random
    ) -> None:
        self._s3, self._bucket, self._camera_id = s3, settings.bucket, settings.camera_id
        self._spool, self._status_log, self._random = spool, status_log, random
        self._wait = FIRST_WAIT

    def step(self, now: float) -> float:
        """Send the oldest frame, if there is one; return the seconds until the next step, 0 after a success.

        A frame of an instant far ahead waits for that time: the clock was set back after it was taken.
        """
        found = self._spool.oldest(now + AHEAD)
        if found is None:
            return IDLE
        name, jpeg = found
        metadata = metadata_of(jpeg)
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=key(self._camera_id, name),
                Body=jpeg,
                ContentType="image/jpeg",
                Metadata=metadata,
            )
        except AWS_FAILURES as error:
            return self._failed(error)
        self._spool.remove(name)
        self._wait = FIRST_WAIT
        if not self._status_log.counts["sent"]:
            logger.info("the first frame is in the bucket")
        self._status_log.count("sent")
        self._status_log.fine("upload")
        if metadata.get(PICTURE) == NOTHING:
            self._status_log.problem("picture", _NO_PICTURE)
        else:
            self._status_log.fine("picture")
        return 0.0

    def _failed(self, error: AwsError) -> float:
        self._status_log.count("failed")
        self._status_log.problem("upload", f"bucket {self._bucket!r}: {_sentence(error)}; the frames wait")
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST_WAIT)
        # With jitter, so that the units of a shop do not all send at once when its network is back.
        return wait * self._random.uniform(0.75, 1.0)


def _sentence(error: AwsError) -> str:
    if isinstance(error, ClientError):
        return _WAYS_OUT.get(code_of(error), f"S3 refuses with {name_of(error)}")
    if isinstance(error, _NO_CREDENTIALS):
        return "the unit has no AWS credentials: see docs/deeplens.md"
    if isinstance(error, ResponseParserError):
        return f"the answer is not S3's ({name_of(error)}): does the network ask for a login, or use a proxy?"
    return f"it cannot be reached ({name_of(error)}): is the network up?"
