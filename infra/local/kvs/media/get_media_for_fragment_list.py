"""GetMediaForFragmentList: the listed fragments as documents, in the order of the request."""

from collections.abc import Iterator

from aiohttp import web

from infra.local.kvs.media import documents
from infra.local.kvs.service.error_ids import FRAGMENT_NOT_FOUND
from infra.local.kvs.service.requests import read_parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream

MOST_FRAGMENTS = 1000


async def get_media_for_fragment_list(service: Service, request: web.Request) -> web.StreamResponse:
    """The API. A missing fragment gives an error document within the 200, which ends the payload."""
    parameters = await read_parameters(service, request)
    stream = service.streams.named_in(parameters)
    numbers = parameters.texts("Fragments", r"[0-9]{1,128}", MOST_FRAGMENTS)
    limits = service.limits
    service.fragment_media_quota.take(stream, len(numbers), limits.fragment_media_quota, service.clock())
    with service.readers.hold(stream, limits.fragment_list_connections):
        response = web.StreamResponse(headers={"Content-Type": "video/webm"})
        await response.prepare(request)
        for piece in _payload(service, stream, numbers):
            await response.write(piece)
        await response.write_eof()
        return response


def _payload(service: Service, stream: Stream, numbers: list[str]) -> Iterator[bytes]:
    for nth, number in enumerate(numbers, 1):
        stored = service.fragments.get(stream, number, service.now_ms())
        error = service.faults.document_error("GetMediaForFragmentList", stream.name, nth)
        if stored is None or error is not None:
            yield documents.error_document(error or FRAGMENT_NOT_FOUND, number)
            return
        yield from documents.document(stored.fragment, service.fragments.media(stream, stored))
