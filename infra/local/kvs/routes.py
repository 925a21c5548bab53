"""Maps paths to APIs. A new API is a module of its own and a line here."""

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
    """The APIs by path, for a service whose data plane is at `endpoint`."""
    return {
        "/createStream": control_api(control.create_stream),
        "/deleteStream": control_api(control.delete_stream),
        "/describeStream": control_api(control.describe_stream),
        "/getDataEndpoint": control_api(control.get_data_endpoint(endpoint)),
        "/getImages": get_images,
        "/getMedia": get_media,
        "/getMediaForFragmentList": get_media_for_fragment_list,
        "/listFragments": json_api(list_fragments),
        "/listStreams": control_api(control.list_streams),
        "/listTagsForStream": control_api(control.list_tags_for_stream),
        "/putMedia": put_media,
        "/tagStream": control_api(control.tag_stream),
        "/untagStream": control_api(control.untag_stream),
        "/updateDataRetention": control_api(control.update_data_retention),
    }


def json_api(operation: control.Operation) -> Handler:
    """An API whose request and response are JSON objects."""

    async def handler(service: Service, request: web.Request) -> web.StreamResponse:
        return web.json_response(operation(service, await read_parameters(service, request)))

    return handler


def control_api(operation: control.Operation) -> Handler:
    """An API of the control plane: as `json_api`, with a limit of calls per second."""

    async def handler(service: Service, request: web.Request) -> web.StreamResponse:
        parameters = await read_parameters(service, request)
        throttle(service, operation_name(request.path), parameters)
        return web.json_response(operation(service, parameters))

    return handler


def operation_name(path: str) -> str:
    """The name of the API: its path with a capital letter."""
    return path[1:2].upper() + path[2:]


OPERATIONS = frozenset(map(operation_name, routes("")))
"""The names of all APIs."""
