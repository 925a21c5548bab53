"""The streams of an account, found by name or ARN."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from infra.local.kvs.service.errors import (
    AccountStreamLimitExceededException,
    InvalidArgumentException,
    NotAuthorizedException,
    ResourceInUseException,
    ResourceNotFoundException,
    VersionMismatchException,
)
from infra.local.kvs.service.parameters import STREAM_ARN, STREAM_NAME, Parameters


@dataclass(eq=False)
class Stream:
    """A stream. A stream that is deleted and created again is another object with the same name."""

    name: str
    arn: str
    created: float
    retention_hours: int = 0
    media_type: str | None = None
    device_name: str | None = None
    kms_key_id: str = ""
    status: str = "ACTIVE"
    tags: dict[str, str] = field(default_factory=dict)
    revision: int = 0

    @property
    def takes_media(self) -> bool:
        """Whether PutMedia may continue, also while the stream is UPDATING."""
        return self.status in {"ACTIVE", "UPDATING"}

    def check_active(self) -> None:
        """Raises ResourceInUseException if the stream is changing."""
        if self.status != "ACTIVE":
            raise ResourceInUseException(f"The stream {self.name} is {self.status}: wait until it is ACTIVE.")

    @property
    def version(self) -> str:
        """A new one with every change of the stream; letters and digits, like AWS's."""
        return f"local{self.revision:015d}"

    def check_version(self, version: str | None) -> None:
        """Raises VersionMismatchException if `version` is given and is not the current version."""
        if version is not None and version != self.version:
            raise VersionMismatchException(
                f"The stream {self.name} has version {self.version}, not {version}: describe it again."
            )


class AccountStreams:
    """All streams of an account in a region."""

    def __init__(self, account: str, region: str, quota: int, settling_seconds: float = 0.0) -> None:
        self._account = account
        self._region = region
        self._quota = quota
        self._settling_seconds = settling_seconds
        self._by_name: dict[str, Stream] = {}
        self._changing: dict[Stream, float] = {}
        """When the change of each stream completes."""

    def create(self, name: str, now: float) -> Stream:
        """Create a stream. Raises ResourceInUseException, AccountStreamLimitExceededException."""
        if name in self._by_name:
            raise ResourceInUseException(f"The stream {name} already exists.")
        if len(self._by_name) >= self._quota:
            raise AccountStreamLimitExceededException(f"The account has {self._quota} streams, its maximum.")
        arn = f"arn:aws:kinesisvideo:{self._region}:{self._account}:stream/{name}/{int(now * 1000)}"
        stream = Stream(name, arn, now, kms_key_id=self._default_key())
        self._by_name[name] = stream
        self.change(stream, "CREATING", now)
        return stream

    def change(self, stream: Stream, status: str, now: float) -> None:
        """Make it CREATING, UPDATING or DELETING until it settles. A deleted stream keeps its status."""
        stream.status = status
        self._changing[stream] = now + self._settling_seconds
        self.settle(now)

    def settle(self, now: float) -> None:
        """Complete the changes that are due: a stream becomes ACTIVE, or is gone and its name free."""
        for stream in [stream for stream, done in self._changing.items() if done <= now]:
            del self._changing[stream]
            if stream.status == "DELETING":
                del self._by_name[stream.name]
            else:
                stream.status = "ACTIVE"

    def named_in(self, parameters: Parameters) -> Stream:
        """The stream that StreamName or StreamARN names; one of the two is required."""
        return self.find(parameters.text("StreamName", STREAM_NAME), parameters.text("StreamARN", STREAM_ARN))

    def find(self, name: str | None, arn: str | None) -> Stream:
        """Find by name or ARN. Raises InvalidArgument-, NotAuthorized- and ResourceNotFoundException."""
        if arn is not None:
            arn_name = self._name_in(arn)
            if name not in (None, arn_name):
                raise InvalidArgumentException(f"{arn} is not the ARN of the stream {name}.")
            name = arn_name
        if name is None:
            raise InvalidArgumentException("Either StreamName or StreamARN must be given.")
        stream = self._by_name.get(name)
        if stream is None or arn not in (None, stream.arn):
            raise ResourceNotFoundException(
                f"The requested stream {arn or name} is not found under account {self._account}."
            )
        return stream

    def listed(self, prefix: str, after: str) -> list[Stream]:
        """The streams whose names begin with `prefix` and sort after `after`, ordered by name."""
        names = sorted(name for name in self._by_name if name.startswith(prefix) and name > after)
        return [self._by_name[name] for name in names]

    def __iter__(self) -> Iterator[Stream]:
        return iter(list(self._by_name.values()))

    def _name_in(self, arn: str) -> str:
        if re.fullmatch(STREAM_ARN, arn) is None:
            raise InvalidArgumentException(f"{arn} is not the ARN of a stream.")
        _, _, _, region, account, resource = arn.split(":")
        if (region, account) != (self._region, self._account):
            raise NotAuthorizedException(
                f"{arn} is not a stream of account {self._account} in {self._region}."
            )
        return resource.split("/")[1]

    def _default_key(self) -> str:
        return f"arn:aws:kms:{self._region}:{self._account}:alias/aws/kinesisvideo"
