"""DetectLabels' errors: the class names are AWS's, and boto3 raises its exception of the same name."""

from infra.local.wire.errors import ServiceError


class ImageTooLargeException(ServiceError):
    """More than 15 MB from S3, or 5 MB of bytes."""


class InternalServerError(ServiceError):
    """S3 does not answer; worth another try."""

    status = 500


class InvalidImageFormatException(ServiceError):
    """Neither JPEG nor PNG, or damaged."""


class InvalidParameterException(ServiceError):
    """A parameter missing or out of its range, or an image of less than 80 pixels a side."""


class InvalidS3ObjectException(ServiceError):
    """The object does not exist, or the caller may not read it: Rekognition does not tell which."""


class ProvisionedThroughputExceededException(ServiceError):
    """More calls at once than can be answered soon; worth another try."""
