"""The exception for media that violates a rule of PutMedia."""

from infra.local.kvs.service.error_ids import IngestError


class MediaRejected(Exception):
    """The media violates a rule: the connection ends with this ErrorId."""

    def __init__(self, error: IngestError) -> None:
        super().__init__(error.name)
        self.error = error
