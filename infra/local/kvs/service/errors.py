"""The errors of the KVS APIs. The class names are AWS's: boto3 raises its exception of the same name."""

from infra.local.wire.errors import ServiceError


class AccountStreamLimitExceededException(ServiceError):
    """The account has reached its maximum number of streams."""


class ClientLimitExceededException(ServiceError):
    """Too many calls or too many requested fragments within a second."""


class ConnectionLimitExceededException(ServiceError):
    """The stream has reached its maximum number of connections of this kind."""


class InvalidArgumentException(ServiceError):
    """A parameter or header is outside its range."""


class NoDataRetentionException(ServiceError):
    """The stream retains no data, so it has no images."""


class NotAuthorizedException(ServiceError):
    """The caller may not use this resource: here, a stream of another account or region."""

    status = 401


class ResourceInUseException(ServiceError):
    """The stream already exists, or is changing."""


class ResourceNotFoundException(ServiceError):
    """No such stream."""

    status = 404


class TagsPerResourceExceededLimitException(ServiceError):
    """A stream has at most 50 tags."""


class VersionMismatchException(ServiceError):
    """The stream has changed since the version that the caller names."""
