"""The ErrorIds of PutMedia's ERROR acknowledgements, as far as this service gives them."""

from enum import IntEnum


class IngestError(IntEnum):
    """The member's name is AWS's ErrorCode, its value the ErrorId."""

    MAX_FRAGMENT_SIZE_REACHED = 4001
    MAX_FRAGMENT_DURATION_REACHED = 4002
    MAX_CONNECTION_DURATION_REACHED = 4003
    FRAGMENT_TIMECODE_LESSER_THAN_PREVIOUS = 4004
    INVALID_MKV_DATA = 4006
    INVALID_PRODUCER_TIMESTAMP = 4007
    STREAM_NOT_ACTIVE = 4008
    FRAGMENT_METADATA_LIMIT_REACHED = 4009
    TRACK_NUMBER_MISMATCH = 4010
    FRAMES_MISSING_FOR_TRACK = 4011
    MORE_THAN_ALLOWED_TRACKS_FOUND = 4012
    ARCHIVAL_ERROR = 5001


class Refused(Exception):
    """The media breaks a rule: the connection ends with this ErrorId."""

    def __init__(self, error: IngestError) -> None:
        super().__init__(error.name)
        self.error = error
