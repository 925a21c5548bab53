import errno

import av
import pytest

from ingest.gateway.capture.ffmpeg_errors import NO_ANSWER, NOT_ENCODED, REFUSES, FailedOpening, why_not_open
from ingest.gateway.config.addresses import Address

EIO = av.OSError(errno.EIO, "Input/output error")
INVALID = av.InvalidDataError(1094995529, "Invalid data found when processing input")
REFUSED = av.ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
EXIT = av.ExitError(1414092869, "Immediate exit requested")
UNAUTHORIZED = av.HTTPUnauthorizedError(825242872, "Server returned 401 Unauthorized")
RTSP, RTSPS, HTTP, FILE = (
    Address(url) for url in ("rtsp://cam/a", "rtsps://cam/a", "http://cam/a", "/v.mp4")
)
MISREAD = Address("rtsp://u:a/b@cam/a")
DEVICE = Address("/dev/video0")
UNKNOWN = "has an unknown host, 'cam': is it spelled correctly?"
NOT_TRUSTED = "has a certificate that is not trusted (self-signed)"
NO_WORDS = "cannot be read (Input/output error): is it on, and is that its address?"
NO_VIDEO = "is not a video that can be read"


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (FailedOpening(EIO, MISREAD, timed_out=True), NOT_ENCODED),
        (FailedOpening(EIO, MISREAD, timed_out=False, unknown_host="u"), NOT_ENCODED),
        (FailedOpening(EIO, RTSP, timed_out=True), NO_ANSWER),
        (FailedOpening(INVALID, RTSP, timed_out=True), NO_ANSWER),
        (FailedOpening(EXIT, HTTP, timed_out=True), NO_ANSWER),
        (FailedOpening(INVALID, RTSP, timed_out=False), f"{NO_VIDEO}: is that its port, or is it rtsps://?"),
        (FailedOpening(INVALID, RTSPS, timed_out=False), NO_VIDEO),
        (FailedOpening(INVALID, FILE, timed_out=False), NO_VIDEO),
        (FailedOpening(EIO, RTSP, timed_out=False, unknown_host="cam"), UNKNOWN),
        (FailedOpening(EIO, RTSPS, timed_out=False, unknown_host="cam"), UNKNOWN),
        (
            FailedOpening(EIO, RTSP, timed_out=False, unknown_host=""),
            "has an unknown host, '': is it spelled correctly?",
        ),
        (FailedOpening(EIO, RTSPS, timed_out=False, tls_refusal=NOT_TRUSTED), NOT_TRUSTED),
        (FailedOpening(EIO, RTSPS, timed_out=False), NO_WORDS),
        (FailedOpening(EIO, RTSP, timed_out=False), NO_WORDS),
        (FailedOpening(EIO, HTTP, timed_out=False), NO_WORDS),
        (FailedOpening(EIO, DEVICE, timed_out=False), "cannot be read (Input/output error)"),
        (FailedOpening(REFUSED, RTSP, timed_out=False), REFUSES),
        (FailedOpening(UNAUTHORIZED, RTSP, timed_out=False), "refuses the user name or password"),
        (FailedOpening(EXIT, RTSP, timed_out=False), "sends nothing for 10 s: it is opened again"),
    ],
)
def test_why_a_camera_cannot_be_opened(failure: FailedOpening, sentence: str) -> None:
    assert why_not_open(failure, 10.0) == sentence


@pytest.mark.parametrize(
    ("error", "address", "timed_out", "is_unexplained"),
    [
        (EIO, RTSP, False, True),
        (EIO, RTSPS, False, True),
        (EIO, RTSP, True, False),
        (EIO, MISREAD, False, False),
        (EIO, HTTP, False, False),
        (EIO, FILE, False, False),
        (EIO, DEVICE, False, False),
        (INVALID, RTSP, False, False),
        (REFUSED, RTSPS, False, False),
    ],
)
def test_the_network_is_asked_only_where_ffmpeg_does_not_tell_the_cause(
    error: av.FFmpegError, address: Address, timed_out: bool, is_unexplained: bool
) -> None:
    assert FailedOpening(error, address, timed_out).is_unexplained is is_unexplained
