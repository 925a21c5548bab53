"""The tags that a producer adds to its fragments, and KVS's rules for them."""

from collections.abc import Iterator

from infra.local.kvs.ingest_error import IngestError, Refused
from infra.local.kvs.limits import Limits
from ingest.kvs import ebml

END_OF_FRAGMENT = b"AWS_KINESISVIDEO_END_OF_FRAGMENT"
OF_THE_SERVICE = frozenset(
    {
        END_OF_FRAGMENT,
        b"AWS_KINESISVIDEO_IMAGE_GENERATION",
        b"AWS_KINESISVIDEO_IMAGE_PREFIX",
        b"AWS_KINESISVIDEO_NOTIFICATION",
    }
)
"""The only names with the prefix AWS that a producer may use."""


def simple_tags(payload: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, value) of each SimpleTag in the payload of a Tags element. Raises InvalidMatroska."""
    for tag_id, tag in ebml.children(payload):
        if tag_id != ebml.TAG:
            continue
        for element_id, simple_tag in ebml.children(tag):
            if element_id == ebml.SIMPLE_TAG:
                parts = dict(ebml.children(simple_tag))
                yield parts.get(ebml.TAG_NAME, b"").rstrip(b"\0"), parts.get(ebml.TAG_STRING, b"")


def count_tags(payload: bytes, limits: Limits) -> int:
    """How many of a fragment's tags these are; the end of fragment is none. Raises Refused."""
    names = []
    for name, value in simple_tags(payload):
        if len(name) > limits.tag_name_bytes or len(value) > limits.tag_value_bytes:
            raise Refused(IngestError.FRAGMENT_METADATA_LIMIT_REACHED)
        if name.startswith(b"AWS") and name not in OF_THE_SERVICE:
            raise Refused(IngestError.FRAGMENT_METADATA_LIMIT_REACHED)
        names.append(name)
    return len(names) - names.count(END_OF_FRAGMENT)


def ends_fragment(payload: bytes) -> bool:
    """Whether these tags close their fragment at once."""
    return any(name == END_OF_FRAGMENT for name, _ in simple_tags(payload))
