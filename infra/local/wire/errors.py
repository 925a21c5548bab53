"""The errors of every service: the class names are AWS's, and boto3 raises its exception of the same name."""

from ingest.errors import OccupancyError


class ServiceError(OccupancyError):
    """An HTTP error; the text is what AWS calls its message."""

    status: int = 400

    @property
    def name(self) -> str:
        """The name on the wire, in x-amzn-ErrorType."""
        return type(self).__name__


class SerializationException(ServiceError):
    """The body is no JSON object."""


class UnknownOperationException(ServiceError):
    """No API of the service, or one that this machine does not have."""

    status = 404


class AuthenticationError(ServiceError):
    """Base of what AWS's front door answers, before the service sees the request."""

    status = 403


class IncompleteSignatureException(AuthenticationError):
    """The signature lacks a part."""


class InvalidSignatureException(AuthenticationError):
    """The signature does not match or is of another region."""


class SignatureExpired(InvalidSignatureException):
    """The signature is right, but not now; only S3 has a name of its own for it."""

    @property
    def name(self) -> str:
        """The services' common one."""
        return InvalidSignatureException.__name__


class MissingAuthenticationTokenException(AuthenticationError):
    """The request is not signed."""


class UnrecognizedClientException(AuthenticationError):
    """Nobody knows this access key id."""
