"""The errors of the KVS APIs: the class names are AWS's, and boto3 raises its exception of the same name."""

from typing import ClassVar

from ingest.errors import OccupancyError


class ServiceError(OccupancyError):
    """An HTTP error; the text is what AWS calls its message."""

    status: ClassVar[int] = 400

    @property
    def name(self) -> str:
        """The name on the wire, in x-amzn-ErrorType."""
        return type(self).__name__


class AccountStreamLimitExceededException(ServiceError):
    """The account has all the streams it may have."""


class ClientLimitExceededException(ServiceError):
    """Too many calls, or too many fragments asked for in a second."""


class ConnectionLimitExceededException(ServiceError):
    """The stream has all the PutMedia connections it may have."""


class InvalidArgumentException(ServiceError):
    """A parameter or header out of its range."""


class NotAuthorizedException(ServiceError):
    """The caller may not touch this resource: here, a stream of another account or region."""

    status = 401


class ResourceInUseException(ServiceError):
    """The stream exists already."""


class ResourceNotFoundException(ServiceError):
    """No such stream."""

    status = 404


class SerializationException(ServiceError):
    """The body is no JSON object."""


class TagsPerResourceExceededLimitException(ServiceError):
    """A stream has at most 50 tags."""


class UnknownOperationException(ServiceError):
    """No API of KVS, or one that this service does not have."""

    status = 404


class VersionMismatchException(ServiceError):
    """The stream has changed since the version that the caller names."""


class AuthenticationError(ServiceError):
    """Base of what AWS's front door answers, before the service sees the request."""

    status = 403


class IncompleteSignatureException(AuthenticationError):
    """The signature lacks a part."""


class InvalidSignatureException(AuthenticationError):
    """The signature does not match, has expired or is of another region."""


class MissingAuthenticationTokenException(AuthenticationError):
    """The request is not signed."""


class UnrecognizedClientException(AuthenticationError):
    """Nobody knows this access key id."""
