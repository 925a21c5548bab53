"""The tags that a producer adds to its fragments, and the rules of KVS for them. Pure."""

from collections.abc import Iterator

from infra.local.kvs.put_media.errors import MediaRejected
from infra.local.kvs.service.error_ids import IngestError
from infra.local.kvs.service.limits import Limits
from ingest.kvs import ebml
from ingest.kvs.ebml import Element

END_OF_FRAGMENT = b"AWS_KINESISVIDEO_END_OF_FRAGMENT"
SERVICE_TAGS = frozenset(
    {
        END_OF_FRAGMENT,
        b"AWS_KINESISVIDEO_IMAGE_GENERATION",
        b"AWS_KINESISVIDEO_IMAGE_PREFIX",
        b"AWS_KINESISVIDEO_NOTIFICATION",
    }
)
"""The only tag names beginning with AWS that a producer may use."""


def simple_tags(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and value of each SimpleTag in the payload of a Tags element. Raises InvalidMatroska."""
    for simple_tag in _simple_tags(payload):
        parts = dict(ebml.children(simple_tag))
        yield parts.get(ebml.TAG_NAME, b"").rstrip(b"\0"), parts.get(ebml.TAG_STRING, b"")


def count_tags(payload: bytes, limits: Limits, before: int) -> int:
    """The number of tags of a fragment including these; `before` were read earlier. Raises MediaRejected.

    The end-of-fragment tag is one of the ten allowed: Amazon's own samples leave a place for it.
    """
    for name, value in simple_tags(payload):
        if len(name) > limits.tag_name_bytes or len(value) > limits.tag_value_bytes:
            raise MediaRejected(IngestError.FRAGMENT_METADATA_LIMIT_REACHED)
        if name.startswith(b"AWS") and name not in SERVICE_TAGS:
            raise MediaRejected(IngestError.FRAGMENT_METADATA_LIMIT_REACHED)
        before += 1
    if before > limits.fragment_tags:
        raise MediaRejected(IngestError.FRAGMENT_METADATA_LIMIT_REACHED)
    return before


def ends_fragment(payload: bytes) -> bool:
    """Whether these tags contain the end-of-fragment tag."""
    return any(name == END_OF_FRAGMENT for name, _ in simple_tags(payload))


def stored_tags(tags: Element) -> bytes:
    """The stored part of a Tags element: all but the end-of-fragment tag, which KVS gives to no reader."""
    if not ends_fragment(tags.payload):
        return tags.raw
    others = b"".join(
        ebml.element(ebml.SIMPLE_TAG, simple_tag)
        for simple_tag, (name, _) in zip(_simple_tags(tags.payload), simple_tags(tags.payload), strict=True)
        if name != END_OF_FRAGMENT
    )
    return ebml.element(ebml.TAGS, ebml.element(ebml.TAG, others)) if others else b""


def _simple_tags(payload: bytes) -> Iterator[bytes]:
    for tag_id, tag in ebml.children(payload):
        if tag_id == ebml.TAG:
            yield from (child for child_id, child in ebml.children(tag) if child_id == ebml.SIMPLE_TAG)
