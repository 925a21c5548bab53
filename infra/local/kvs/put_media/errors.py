"""How a rule of PutMedia that the media breaks ends the connection."""

from infra.local.kvs.service.error_ids import IngestError


class MediaRejected(Exception):
    """The media breaks a rule: the connection ends with this ErrorId."""

    def __init__(self, error: IngestError) -> None:
        super().__init__(error.name)
        self.error = error
