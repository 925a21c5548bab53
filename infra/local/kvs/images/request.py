"""Reads and checks a GetImages request. Pure."""

import base64
from dataclasses import dataclass

from infra.local.kvs.images.samples import sample_times
from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.fragments import Fragment
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.parameters import Parameters

INTERVAL_MS = 3000
"""The default of SamplingInterval. AWS does not document it; 3000 was once its minimum."""
LONGEST_INTERVAL_MS = 2**31 - 1
JPEG_QUALITY = 80
TOKEN = r"[a-zA-Z0-9+/]{1,4096}={0,2}"  # noqa: S105 - a paging token's pattern, no password


@dataclass(frozen=True)
class ImageFormat:
    """JPEG or PNG and its size; a missing side follows from the other side or from the video."""

    kind: str
    jpeg_quality: int
    width: int | None
    height: int | None


@dataclass(frozen=True)
class ImageRequest:
    """A page of a window; times are in epoch microseconds."""

    by_producer: bool
    start: int
    end: int
    page_size: int
    """The maximum number of images in the page."""
    samples: range
    """The sample times of the page."""
    next_token: str | None
    form: ImageFormat

    def begins_ms(self, fragment: Fragment) -> int:
        """When a fragment starts, by the requested clock (producer or server)."""
        return fragment.producer_ms if self.by_producer else fragment.server_ms


def read_request(parameters: Parameters, limits: Limits) -> ImageRequest:
    """Read everything but the stream name. Raises InvalidArgumentException."""
    kind = parameters.required_text("ImageSelectorType", "PRODUCER_TIMESTAMP|SERVER_TIMESTAMP")
    start, end = parameters.time("StartTimestamp"), parameters.time("EndTimestamp")
    if not 0 < end - start <= limits.images_window_seconds * 1_000_000:
        raise InvalidArgumentException(
            f"EndTimestamp must be after StartTimestamp by at most {limits.images_window_seconds} seconds."
        )
    interval = parameters.integer("SamplingInterval", limits.images_interval_ms, LONGEST_INTERVAL_MS)
    most = min(parameters.integer("MaxResults", 1, 100) or limits.images_page, limits.images_page)
    samples = sample_times(start, end, interval or INTERVAL_MS)
    first = _decode_token(parameters.text("NextToken", TOKEN), len(samples))
    last = first + most
    return ImageRequest(
        by_producer=kind == "PRODUCER_TIMESTAMP",
        start=start,
        end=end,
        page_size=most,
        samples=samples[first:last],
        next_token=base64.b64encode(str(last).encode()).decode() if last < len(samples) else None,
        form=_read_format(parameters),
    )


def _read_format(parameters: Parameters) -> ImageFormat:
    kind = parameters.required_text("Format", "JPEG|PNG")
    config = parameters.mapping("FormatConfig", "JPEGQuality", "[1-9][0-9]?|100")
    return ImageFormat(
        kind,
        int(config.get("JPEGQuality", JPEG_QUALITY)),
        parameters.integer("WidthPixels", 1, 3840),
        parameters.integer("HeightPixels", 1, 2160),
    )


def _decode_token(token: str | None, samples: int) -> int:
    """The index of the first sample of the page."""
    if token is None:
        return 0
    try:
        first = int(base64.b64decode(token, validate=True))
    except ValueError:
        first = 0
    if not 0 < first < samples:
        raise InvalidArgumentException("NextToken is not from a GetImages response for this window.")
    return first
