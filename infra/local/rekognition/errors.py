"""DetectLabels' errors. The class names are AWS's: boto3 raises its exception of the same name.

https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectLabels.html, "Errors". Which of them AWS
gives for an image of wrong dimensions is not written there: InvalidParameterException is what fits.
"""

from infra.local.wire.errors import ServiceError


class ImageTooLargeException(ServiceError):
    """More than 15 MB from S3, or 5 MB of bytes."""


class InternalServerError(ServiceError):
    """S3 does not answer; the caller may retry."""

    status = 500


class InvalidImageFormatException(ServiceError):
    """Neither JPEG nor PNG, or damaged."""


class InvalidParameterException(ServiceError):
    """A parameter is missing or wrong, or a side of the image is outside 80 to 10,000 pixels."""


class InvalidS3ObjectException(ServiceError):
    """The object does not exist, or the caller may not read it: Rekognition does not say which."""


class ProvisionedThroughputExceededException(ServiceError):
    """More concurrent calls than can be answered soon; the caller may retry."""
