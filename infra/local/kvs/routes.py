"""Which path is which API. A new API is a file of its own and a line here."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from infra.local.kvs import control
from infra.local.kvs.fragment_list import get_media_for_fragment_list
from infra.local.kvs.get_images import get_images
from infra.local.kvs.get_media import get_media
from infra.local.kvs.list_fragments import list_fragments
from infra.local.kvs.put_media import put_media
from infra.local.kvs.requests import read_parameters
from infra.local.kvs.service import Service

Handler = Callable[[Service, web.Request], Awaitable[web.StreamResponse]]


def routes(endpoint: str) -> Mapping[str, Handler]:
    """The APIs by their paths, of a service whose data plane is at `endpoint`."""
    return {
        "/createStream": answering(control.create_stream),
        "/deleteStream": answering(control.delete_stream),
        "/describeStream": answering(control.describe_stream),
        "/getDataEndpoint": answering(control.get_data_endpoint(endpoint)),
        "/getImages": get_images,
        "/getMedia": get_media,
        "/getMediaForFragmentList": get_media_for_fragment_list,
        "/listFragments": answering(list_fragments),
        "/listStreams": answering(control.list_streams),
        "/listTagsForStream": answering(control.list_tags_for_stream),
        "/putMedia": put_media,
        "/tagStream": answering(control.tag_stream),
        "/untagStream": answering(control.untag_stream),
        "/updateDataRetention": answering(control.update_data_retention),
    }


def answering(operation: control.Operation) -> Handler:
    """An API that is a JSON object in and a JSON object out."""

    async def handler(service: Service, request: web.Request) -> web.StreamResponse:
        return web.json_response(operation(service, await read_parameters(service, request)))

    return handler
