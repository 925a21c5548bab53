"""The streams of the account, by name and by ARN."""

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
    """One stream. Each object is one life of a name: deleted and created again makes another."""

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
        """Whether PutMedia may go on: also while a change of the stream settles."""
        return self.status in {"ACTIVE", "UPDATING"}

    def check_active(self) -> None:
        """Raises ResourceInUseException where the stream is changing."""
        if self.status != "ACTIVE":
            raise ResourceInUseException(f"The stream {self.name} is {self.status}: wait until it is ACTIVE.")

    @property
    def version(self) -> str:
        """Changes with every change of the stream; letters and digits, as AWS's."""
        return f"local{self.revision:015d}"

    def check_version(self, version: str | None) -> None:
        """Raises VersionMismatchException where `version` is given and not the current one."""
        if version is not None and version != self.version:
            raise VersionMismatchException(
                f"The stream {self.name} has version {self.version}, not {version}: describe it again."
            )


class AccountStreams:
    """All streams of one account in one region, ordered by name."""

    def __init__(self, account: str, region: str, most: int, settling_seconds: float = 0.0) -> None:
        self._account = account
        self._region = region
        self._most = most
        self._settling_seconds = settling_seconds
        self._by_name: dict[str, Stream] = {}
        self._changing: dict[Stream, float] = {}
        """When each is done."""

    def create(self, name: str, now: float) -> Stream:
        """A new stream. Raises ResourceInUseException, AccountStreamLimitExceededException."""
        if name in self._by_name:
            raise ResourceInUseException(f"The stream {name} already exists.")
        if len(self._by_name) >= self._most:
            raise AccountStreamLimitExceededException(
                f"The account has {self._most} streams, all it may have."
            )
        arn = f"arn:aws:kinesisvideo:{self._region}:{self._account}:stream/{name}/{int(now * 1000)}"
        stream = Stream(name, arn, now, kms_key_id=self._default_key())
        self._by_name[name] = stream
        self.change(stream, "CREATING", now)
        return stream

    def change(self, stream: Stream, status: str, now: float) -> None:
        """CREATING, UPDATING or DELETING until it settles. Who still holds a deleted one sees the status."""
        stream.status = status
        self._changing[stream] = now + self._settling_seconds
        self.settle(now)

    def settle(self, now: float) -> None:
        """What is done changing is ACTIVE, or gone and its name free."""
        for stream in [stream for stream, done in self._changing.items() if done <= now]:
            del self._changing[stream]
            if stream.status == "DELETING":
                del self._by_name[stream.name]
            else:
                stream.status = "ACTIVE"

    def named_in(self, parameters: Parameters) -> Stream:
        """The stream that StreamName or StreamARN names: one of the two has to be there."""
        return self.find(parameters.text("StreamName", STREAM_NAME), parameters.text("StreamARN", STREAM_ARN))

    def find(self, name: str | None, arn: str | None) -> Stream:
        """By name or ARN. Raises InvalidArgument-, NotAuthorized- and ResourceNotFoundException."""
        if arn is not None:
            named = self._name_in(arn)
            if name not in (None, named):
                raise InvalidArgumentException(f"{arn} is not the ARN of the stream {name}.")
            name = named
        if name is None:
            raise InvalidArgumentException("Either StreamName or StreamARN must be given.")
        stream = self._by_name.get(name)
        if stream is None or arn not in (None, stream.arn):
            raise ResourceNotFoundException(
                f"The requested stream {arn or name} is not found under account {self._account}."
            )
        return stream

    def listed(self, prefix: str, after: str) -> list[Stream]:
        """Those whose names begin with `prefix` and sort behind `after`, in the order of their names."""
        names = sorted(name for name in self._by_name if name.startswith(prefix) and name > after)
        return [self._by_name[name] for name in names]

    def __iter__(self) -> Iterator[Stream]:
        return iter(list(self._by_name.values()))

    def _name_in(self, arn: str) -> str:
        if re.fullmatch(STREAM_ARN, arn) is None:
            raise InvalidArgumentException(f"{arn} is no ARN of a stream.")
        _, _, _, region, account, resource = arn.split(":")
        if (region, account) != (self._region, self._account):
            raise NotAuthorizedException(
                f"{arn} is not a stream of account {self._account} in {self._region}."
            )
        return resource.split("/")[1]

    def _default_key(self) -> str:
        return f"arn:aws:kms:{self._region}:{self._account}:alias/aws/kinesisvideo"
