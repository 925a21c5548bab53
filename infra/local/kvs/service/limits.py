"""What the service allows: AWS's quotas, in one place so that a test or a fault can change any of them."""

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Limits:
    """Sizes and durations are in the unit of their name. The defaults are AWS's unless they say otherwise."""

    streams: int = 10_000
    tags_per_stream: int = 50
    retention_hours: int = 87_600

    connections: int = 2
    """PutMedia connections of one stream. AWS documents 1, yet Amazon's own producer opens the next
    connection some seconds before it closes the last one, whenever its credentials are about to expire."""
    replace_oldest: bool = False
    """Where one connection too many ends the oldest instead of being refused (AWS has done both)."""

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
    """GetMedia calls of one stream in a second."""
    media_idle_seconds: float = 30.0
    """How long GetMedia waits for a new fragment before it ends; AWS does not say how long."""
    buffer_seconds: float = 300.0
    """How long GetMedia can read the fragments of a stream without retention."""
    buffer_bytes: int = 200_000_000
    """How much of them is kept at most."""

    fragment_list_connections: int = 5
    fragment_metadata_quota: int = 10_000
    """ListFragments and GetImages of one stream: the sum of MaxResults, and 400 a GetImages, in a second."""
    fragment_media_quota: int = 500
    """GetMediaForFragmentList and GetImages of one stream: fragments and images in a second."""
    images_page: int = 25
    """Images in an answer of GetImages, whatever MaxResults says."""
    images_window_seconds: int = 300
    images_interval_ms: int = 200
    """The shortest SamplingInterval."""
    image_reach_ms: int = 500
    """How old the frame of a sample time may be; AWS does not say. With it about half of the entries are
    NO_MEDIA at one frame a second, as reported of AWS, and more where only sparse keyframes are sent."""
    listing_delay_seconds: float = 0.0
    """How long after PERSISTED a fragment stays out of ListFragments; AWS: typically less than a second."""

    stream_calls: float = inf
    """Control calls of one kind on one stream in a second; AWS: 5. By default nothing throttles them."""
    account_calls: float = inf
    """Control calls of one kind in the account in a second; AWS: 50."""
    account_lookups: float = inf
    """DescribeStream and GetDataEndpoint in the account in a second; AWS: 300 of each."""
    settling_seconds: float = 0.0
    """How long a stream is CREATING, UPDATING or DELETING; `inf`: it stays so."""

    clock_skew_seconds: float = 300.0
    poll_seconds: float = 0.5
    """How often a waiting connection looks whether its time is over or its stream deleted."""
