"""Spool -> frame bucket: the oldest frame first, each until it has arrived."""

from __future__ import annotations

import logging
from random import Random
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)

from deeplens.common.errors import UnitError
from deeplens.common.instants import key
from deeplens.common.settings import Settings
from deeplens.common.status_log import Book
from deeplens.spool import Spool

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AHEAD = 120
"""Seconds that an instant may lie ahead of the clock: the counter refuses what lies further ahead of S3's."""
IDLE = 0.2
PATIENCE = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2})
"""How long a call to AWS may take."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds after a failed upload; each time twice as long, and some of it by chance."""

_WAYS_OUT = {
    "NoSuchBucket": "it does not exist: set `bucket` to the stack's output FrameBucketName",
    "AccessDenied": (
        "it refuses: the unit's role needs s3:PutObject on its camera's prefix, see docs/deeplens.md"
    ),
    "RequestTimeTooSkewed": "the unit's clock is wrong: let it keep its time by NTP (timedatectl)",
    "PermanentRedirect": "it is in another region: set AWS_DEFAULT_REGION to the stack's",
    "ExpiredToken": "the credentials have expired and none came after them: see docs/deeplens.md",
    "InvalidAccessKeyId": "the credentials are not known: see docs/deeplens.md",
    "SignatureDoesNotMatch": "the credentials are wrong: see docs/deeplens.md",
}
_NO_CREDENTIALS = (CredentialRetrievalError, NoCredentialsError, PartialCredentialsError)

logger = logging.getLogger("deeplens")


def s3_client() -> S3Client:
    """The unit's one client. Raises UnitError without a region."""
    if not boto3.Session().region_name:  # S3 alone would do without, and be redirected each time
        raise UnitError("AWS_DEFAULT_REGION is not set: give the region of the stack")
    return boto3.client("s3", config=PATIENCE)


class Uploader:
    """One thread's work: a step is one upload."""

    def __init__(self, s3: S3Client, settings: Settings, spool: Spool, book: Book, random: Random) -> None:
        self._s3, self._bucket, self._camera_id = s3, settings.bucket, settings.camera_id
        self._spool, self._book, self._random = spool, book, random
        self._wait = FIRST_WAIT

    def step(self, now: float) -> float:
        """Send the oldest frame, if there is one; the seconds until the next step, 0 after a success.

        A frame of an instant far ahead waits for its time: the clock was set back since it was taken.
        """
        found = self._spool.oldest(now + AHEAD)
        if found is None:
            return IDLE
        name, jpeg = found
        try:
            self._s3.put_object(
                Bucket=self._bucket, Key=key(self._camera_id, name), Body=jpeg, ContentType="image/jpeg"
            )
        except (BotoCoreError, ClientError) as error:
            return self._failed(error)
        self._spool.remove(name)
        self._wait = FIRST_WAIT
        if not self._book.counts["sent"]:
            logger.info("the first frame is in the bucket")
        self._book.count("sent")
        self._book.fine("upload")
        return 0.0

    def _failed(self, error: BotoCoreError | ClientError) -> float:
        self._book.count("failed")
        self._book.problem("upload", f"bucket {self._bucket!r}: {_sentence(error)}; the frames wait")
        wait, self._wait = self._wait, min(2 * self._wait, LONGEST_WAIT)
        # So that the units of a shop do not come all at once when its network is back.
        return wait * self._random.uniform(0.75, 1.0)


def _sentence(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", "no code"))
        return _WAYS_OUT.get(code, f"S3 answers {code}")
    if isinstance(error, _NO_CREDENTIALS):
        return "the unit has no AWS credentials: see docs/deeplens.md"
    return f"it cannot be reached ({type(error).__name__}): is the network up?"
