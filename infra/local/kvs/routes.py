"""Which path is which API. A new API is a file of its own and a line here."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from infra.local.kvs import control
from infra.local.kvs.images.get_images import get_images
from infra.local.kvs.media.get_media import get_media
from infra.local.kvs.media.get_media_for_fragment_list import get_media_for_fragment_list
from infra.local.kvs.media.list_fragments import list_fragments
from infra.local.kvs.put_media.api import put_media
from infra.local.kvs.service.requests import read_parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.throttle import throttle

Handler = Callable[[Service, web.Request], Awaitable[web.StreamResponse]]


def routes(endpoint: str) -> Mapping[str, Handler]:
    """The APIs by their paths, of a service whose data plane is at `endpoint`."""
    return {
        "/createStream": controlling(control.create_stream),
        "/deleteStream": controlling(control.delete_stream),
        "/describeStream": controlling(control.describe_stream),
        "/getDataEndpoint": controlling(control.get_data_endpoint(endpoint)),
        "/getImages": get_images,
        "/getMedia": get_media,
        "/getMediaForFragmentList": get_media_for_fragment_list,
        "/listFragments": answering(list_fragments),
        "/listStreams": controlling(control.list_streams),
        "/listTagsForStream": controlling(control.list_tags_for_stream),
        "/putMedia": put_media,
        "/tagStream": controlling(control.tag_stream),
        "/untagStream": controlling(control.untag_stream),
        "/updateDataRetention": controlling(control.update_data_retention),
    }


def answering(operation: control.Operation) -> Handler:
    """An API that is a JSON object in and a JSON object out."""

    async def handler(service: Service, request: web.Request) -> web.StreamResponse:
        return web.json_response(operation(service, await read_parameters(service, request)))

    return handler


def controlling(operation: control.Operation) -> Handler:
    """An API of the control plane: as `answering`, and counted against its calls in a second."""

    async def handler(service: Service, request: web.Request) -> web.StreamResponse:
        parameters = await read_parameters(service, request)
        throttle(service, operation_name(request.path), parameters)
        return web.json_response(operation(service, parameters))

    return handler


def operation_name(path: str) -> str:
    """The API's name: its path with a capital."""
    return path[1:2].upper() + path[2:]


OPERATIONS = frozenset(map(operation_name, routes("")))
"""The names of all APIs."""
