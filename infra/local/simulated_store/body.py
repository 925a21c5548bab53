"""A feed as the body of PutMedia: a fragment for each group of pictures, the last one ended explicitly."""

from collections.abc import AsyncIterable, AsyncIterator

from infra.local.simulated_store.cameras.media import EncodedFrame
from ingest.kvs import mkv
from ingest.kvs.video import Track


async def body(track: Track, frames: AsyncIterable[EncodedFrame]) -> AsyncIterator[bytes]:
    """The header, then each frame with a Cluster before each keyframe. The first must be a keyframe."""
    yield mkv.header([track])
    start_ms = 0
    async for frame in frames:
        opening = b""
        if frame.keyframe:
            start_ms = frame.time_ms
            opening = mkv.cluster(start_ms)
        relative = frame.time_ms - start_ms
        yield opening + mkv.simple_block(track.number, relative, frame.data, keyframe=frame.keyframe)
    yield mkv.END_OF_FRAGMENT
