"""Writes a fragment as a Matroska document, as GetMedia and GetMediaForFragmentList send it. Pure.

A document consists of the header, the tags of the service, the unchanged Cluster and the elements after it.
As in AWS, the sizes in the tags have four bytes, which makes the tags of a fragment 243 bytes long.
"""

from collections.abc import Iterator, Mapping

from infra.local.kvs.service.error_ids import DOCUMENT_ERRORS
from infra.local.kvs.service.fragments import Fragment, Media, StoredFragment
from ingest.kvs import ebml, mkv

TAGS_BYTES = 243
"""The length of the tags of a fragment, for times from 2001 to 2286."""


def document(fragment: Fragment, media: Media) -> Iterator[bytes]:
    """The document of a fragment, in pieces."""
    yield media.header
    yield service_tags(
        {
            "AWS_KINESISVIDEO_FRAGMENT_NUMBER": fragment.number,
            "AWS_KINESISVIDEO_SERVER_TIMESTAMP": _seconds(fragment.server_ms),
            "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP": _seconds(fragment.producer_ms),
        }
    )
    yield media.cluster
    yield media.trailing


def position_tags(fragment: Fragment, behind_ms: int) -> bytes:
    """The tags that GetMedia appends: the delay behind the newest fragment, and the continuation token."""
    return service_tags(
        {
            "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": str(behind_ms),
            "AWS_KINESISVIDEO_CONTINUATION_TOKEN": fragment.number,
        }
    )


def error_document(error_id: int, number: str | None = None) -> bytes:
    """The last document of a response whose next fragment cannot be sent: an error of DOCUMENT_ERRORS."""
    tags = {
        "AWS_KINESISVIDEO_ERROR_CODE": DOCUMENT_ERRORS[error_id],
        "AWS_KINESISVIDEO_ERROR_ID": str(error_id),
    }
    if number is not None:
        tags["AWS_KINESISVIDEO_FRAGMENT_NUMBER"] = number
    return mkv.document_head() + service_tags(tags)


def size(stored: StoredFragment) -> int:
    """The FragmentSizeInBytes of ListFragments."""
    return stored.total_bytes + TAGS_BYTES


def service_tags(values: Mapping[str, str]) -> bytes:
    """Tags as the service writes them: a single Tag, all sizes in four bytes."""
    simple_tags = (
        _element(
            ebml.SIMPLE_TAG,
            _element(ebml.TAG_NAME, name.encode()) + _element(ebml.TAG_STRING, value.encode()),
        )
        for name, value in values.items()
    )
    return _element(ebml.TAGS, _element(ebml.TAG, b"".join(simple_tags)))


def _element(element_id: int, payload: bytes) -> bytes:
    return ebml.id_bytes(element_id) + (len(payload) | 0x10000000).to_bytes(4, "big") + payload


def _seconds(millis: int) -> str:
    return f"{millis // 1000}.{millis % 1000:03d}"
