"""DetectLabels' errors. The class names are AWS's: boto3 raises its exception of the same name."""

from infra.local.wire.errors import ServiceError


class ImageTooLargeException(ServiceError):
    """More than 15 MB from S3, or 5 MB of bytes."""


class InternalServerError(ServiceError):
    """S3 does not answer; the caller may retry."""

    status = 500


class InvalidImageFormatException(ServiceError):
    """Neither JPEG nor PNG, or damaged."""


class InvalidParameterException(ServiceError):
    """A parameter is missing or out of its range, or a side of the image has less than 80 pixels."""


class InvalidS3ObjectException(ServiceError):
    """The object does not exist, or the caller may not read it: Rekognition does not say which."""


class ProvisionedThroughputExceededException(ServiceError):
    """More concurrent calls than can be answered soon; the caller may retry."""
