"""AWS's quotas and other limits of the service, in one place so that a test can change any of them."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Limits:
    """The name of each field gives its unit. The defaults are AWS's unless stated otherwise."""

    streams: int = 10_000
    tags_per_stream: int = 50
    retention_hours: int = 87_600

    connections: int = 2
    """PutMedia connections of a stream. AWS documents 1, but when its credentials are about to expire,
    Amazon's own producer opens the next connection some seconds before it closes the last."""
    replace_oldest: bool = False
    """Whether a connection beyond the quota replaces the oldest instead of being refused (AWS does both)."""

    tracks: int = 3
    fragment_bytes: int = 50_000_000
    fragment_ms: int = 20_000
    fragment_tags: int = 10
    tag_name_bytes: int = 128
    tag_value_bytes: int = 256
    idle_seconds: float = 30.0
    connection_seconds: float = 45 * 60.0

    media_connections: int = 3
    media_calls: int = 5
    """GetMedia calls per second on a stream."""
    media_idle_seconds: float = 30.0
    """How long GetMedia waits for a new fragment before it ends. AWS does not document it."""
    buffer_seconds: float = 300.0
    """How long GetMedia can read the fragments of a stream without retention."""
    buffer_bytes: int = 200_000_000
    """The maximum size of these fragments, for each stream."""

    fragment_list_connections: int = 5
    fragment_metadata_quota: int = 10_000
    """AWS's fragment-metadata quota of a stream per second: the sum of MaxResults of ListFragments and
    GetImages, plus 400 for each GetImages."""
    fragment_media_quota: int = 500
    """AWS's fragment-media quota of a stream per second: fragments of GetMediaForFragmentList, images of
    GetImages."""
    images_page: int = 25
    """The maximum number of images in a response of GetImages, whatever MaxResults says."""
    images_window_seconds: int = 300
    images_interval_ms: int = 200
    """The shortest SamplingInterval."""
    image_reach_ms: int = 500
    """The maximum age of the frame for a sample time. AWS does not document it. With 500 ms, about half of
    the entries are NO_MEDIA at one frame per second, as users of AWS report; more with sparse keyframes."""
    listing_delay_seconds: float = 0.0
    """The delay between PERSISTED and ListFragments showing a fragment. AWS: typically less than a second."""

    stream_calls: float = inf
    """Calls per second of a control-plane API on a stream. AWS: 5. No limit by default."""
    account_calls: float = inf
    """Calls per second of a control-plane API in the account. AWS: 50."""
    account_lookups: float = inf
    """Calls per second of DescribeStream and of GetDataEndpoint in the account. AWS: 300 each."""
    settling_seconds: float = 0.0
    """How long a stream is CREATING, UPDATING or DELETING; `inf`: for ever."""

    clock_skew_seconds: float = 300.0
    poll_seconds: float = 0.5
    """How often a waiting connection checks for its time-out and the deletion of its stream."""
