"""Errors of every service. The class names are AWS's: boto3 raises its exception of the same name."""

from ingest.errors import OccupancyError


class ServiceError(OccupancyError):
    """An HTTP error; the text is what AWS calls its message."""

    status: int = 400

    @property
    def name(self) -> str:
        """The name on the wire, in x-amzn-ErrorType."""
        return type(self).__name__


class SerializationException(ServiceError):
    """The body is not a JSON object."""


class UnknownOperationException(ServiceError):
    """The service has no such API, or this machine does not serve it."""

    status = 404


class AuthenticationError(ServiceError):
    """Base of the errors that AWS answers before the service sees the request."""

    status = 403


class IncompleteSignatureException(AuthenticationError):
    """A part of the signature is missing."""


class InvalidSignatureException(AuthenticationError):
    """The signature does not match or is of another region."""


class SignatureExpired(InvalidSignatureException):
    """The signature is valid, its time is not; only S3 has a name of its own for this."""

    @property
    def name(self) -> str:
        """The name that the other services use."""
        return InvalidSignatureException.__name__


class MissingAuthenticationTokenException(AuthenticationError):
    """The request is not signed."""


class UnrecognizedClientException(AuthenticationError):
    """The access key id is unknown."""
