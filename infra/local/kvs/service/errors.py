"""The errors of the KVS APIs: the class names are AWS's, and boto3 raises its exception of the same name."""

from infra.local.wire.errors import ServiceError


class AccountStreamLimitExceededException(ServiceError):
    """The account has all the streams it may have."""


class ClientLimitExceededException(ServiceError):
    """Too many calls, or too many fragments asked for in a second."""


class ConnectionLimitExceededException(ServiceError):
    """The stream has all the connections of this kind it may have."""


class InvalidArgumentException(ServiceError):
    """A parameter or header out of its range."""


class NoDataRetentionException(ServiceError):
    """The stream keeps no data, so there is nothing to take images from."""


class NotAuthorizedException(ServiceError):
    """The caller may not touch this resource: here, a stream of another account or region."""

    status = 401


class ResourceInUseException(ServiceError):
    """The stream exists already."""


class ResourceNotFoundException(ServiceError):
    """No such stream."""

    status = 404


class TagsPerResourceExceededLimitException(ServiceError):
    """A stream has at most 50 tags."""


class VersionMismatchException(ServiceError):
    """The stream has changed since the version that the caller names."""
