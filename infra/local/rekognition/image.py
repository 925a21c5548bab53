"""Decodes DetectLabels' image, from S3 or from the request, within Rekognition's limits."""

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.rekognition.detectors.detection import Image
from infra.local.rekognition.errors import (
    ImageTooLargeException,
    InternalServerError,
    InvalidImageFormatException,
    InvalidParameterException,
    InvalidS3ObjectException,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_OBJECT = 15 * 1024 * 1024
MAX_BYTES = 5 * 1024 * 1024
MIN_SIDE, MAX_SIDE = 80, 10_000
"""Of DetectLabels: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html, "Set quotas"."""
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
"""JPEG and PNG: Rekognition reads no other format."""


def load(image: Mapping[str, Any], s3: "S3Client") -> Image:
    """The pixels of a request's Image. Raises the ServiceError that AWS would give."""
    return decode(_inline(image["Bytes"]) if "Bytes" in image else _stored(image["S3Object"], s3))


def decode(data: bytes) -> Image:
    """Decode JPEG or PNG. Raises InvalidImageFormatException and InvalidParameterException."""
    if not data.startswith(_MAGIC):
        raise InvalidImageFormatException("Request has invalid image format")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # more pixels than OpenCV accepts
        pixels = None
    if pixels is None:
        raise InvalidImageFormatException("Request has invalid image format")
    height, width = pixels.shape[:2]
    if min(height, width) < MIN_SIDE or max(height, width) > MAX_SIDE:
        # The API reference ties ImageTooLargeException to dimensions only for DetectProtectiveEquipment.
        raise InvalidParameterException(
            f"Image is {width}x{height} pixels; {MIN_SIDE} to {MAX_SIDE} a side are accepted."
        )
    return np.asarray(pixels, np.uint8)


def _inline(text: Any) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise InvalidParameterException("Image.Bytes is not base64.") from None
    if len(data) > MAX_BYTES:
        raise ImageTooLargeException(
            f"Image of {len(data)} bytes; at most {MAX_BYTES} may be sent, put it in S3."
        )
    return data


def _stored(place: Any, s3: "S3Client") -> bytes:
    if not isinstance(place, dict) or not all(isinstance(place.get(key), str) for key in ("Bucket", "Name")):
        raise InvalidParameterException("Image.S3Object needs Bucket and Name.")
    version = {"VersionId": place["Version"]} if "Version" in place else {}
    try:
        answer = s3.get_object(Bucket=place["Bucket"], Key=place["Name"], **version)
        with answer["Body"] as body:
            if answer["ContentLength"] > MAX_OBJECT:
                raise ImageTooLargeException(
                    f"Object of {answer['ContentLength']} bytes; at most {MAX_OBJECT} are read."
                )
            return body.read()
    except ClientError as error:
        raise InvalidS3ObjectException(
            "Unable to get object metadata from S3. Check object key, region and/or access permissions."
        ) from error
    except BotoCoreError as error:
        raise InternalServerError(f"S3 cannot be read: {error}") from error
