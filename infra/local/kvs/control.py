"""The control plane: streams, their tags and retention, and the endpoint of the data plane."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from infra.local.kvs.service.errors import InvalidArgumentException, TagsPerResourceExceededLimitException
from infra.local.kvs.service.parameters import STREAM_ARN, STREAM_NAME, Parameters
from infra.local.kvs.service.service import Service
from infra.local.kvs.service.streams import Stream

Answer = dict[str, Any]
Operation = Callable[[Service, Parameters], Answer]

TAG_KEY = r"[\w\s.:/=+\-@]{1,128}"
TAG_VALUE = r"[\w\s.:/=+\-@]{0,256}"
MEDIA_TYPE = r"[\w\-.+]+/[\w\-.+]+(,[\w\-.+]+/[\w\-.+]+)*"
VERSION = r"[a-zA-Z0-9]{1,64}"
TOKEN = r"[a-zA-Z0-9+/=]{0,1024}"  # noqa: S105 - a paging token's pattern, no password
LIST_PAGE = 10
"""The default of MaxResults, as observed."""
LONGEST_LIST_PAGE = 1000
"""The maximum page observed, although MaxResults may be 10,000."""
API_NAMES = (
    "PUT_MEDIA|GET_MEDIA|LIST_FRAGMENTS|GET_MEDIA_FOR_FRAGMENT_LIST|GET_HLS_STREAMING_SESSION_URL|"
    "GET_DASH_STREAMING_SESSION_URL|GET_CLIP|GET_IMAGES"
)


def create_stream(service: Service, parameters: Parameters) -> Answer:
    """CreateStream. The stream is ACTIVE at once, or after `settling_seconds`."""
    name = parameters.required_text("StreamName", STREAM_NAME)
    retention = parameters.integer("DataRetentionInHours", 0, service.limits.retention_hours) or 0
    media_type = parameters.text("MediaType", MEDIA_TYPE)
    device_name = parameters.text("DeviceName", r"[a-zA-Z0-9_.-]{1,128}")
    key = parameters.text("KmsKeyId", r".{1,2048}")
    tags = parameters.mapping("Tags", TAG_KEY, TAG_VALUE)
    _check_tags(tags, service)
    stream = service.streams.create(name, service.clock())
    stream.retention_hours, stream.media_type, stream.device_name = retention, media_type, device_name
    stream.kms_key_id = key or stream.kms_key_id
    stream.tags.update(tags)
    return {"StreamARN": stream.arn}


def describe_stream(service: Service, parameters: Parameters) -> Answer:
    """DescribeStream, by name or ARN."""
    return {"StreamInfo": _stream_info(service.streams.named_in(parameters))}


def list_streams(service: Service, parameters: Parameters) -> Answer:
    """ListStreams, ordered by name. The only filter is a prefix of the name."""
    page_size = parameters.integer("MaxResults", 1, 10_000) or LIST_PAGE
    after = _decode_token(parameters.text("NextToken", TOKEN))
    condition = parameters.inner("StreamNameCondition")
    prefix = ""
    if condition is not None:
        condition.text("ComparisonOperator", "BEGINS_WITH")
        prefix = condition.text("ComparisonValue", STREAM_NAME) or ""
    streams = service.streams.listed(prefix, after)
    page = streams[: min(page_size, LONGEST_LIST_PAGE)]
    answer: Answer = {"StreamInfoList": [_stream_info(stream) for stream in page]}
    if len(page) < len(streams):
        answer["NextToken"] = base64.b64encode(page[-1].name.encode()).decode()
    return answer


def delete_stream(service: Service, parameters: Parameters) -> Answer:
    """DeleteStream, optionally only if the stream has the given version."""
    stream = service.streams.find(None, parameters.required_text("StreamARN", STREAM_ARN))
    stream.check_version(parameters.text("CurrentVersion", VERSION))
    stream.check_active()
    service.delete(stream)
    return {}


def tag_stream(service: Service, parameters: Parameters) -> Answer:
    """TagStream: adds tags; a tag with an existing key replaces it."""
    stream = service.streams.named_in(parameters)
    tags = parameters.mapping("Tags", TAG_KEY, TAG_VALUE)
    if not tags:
        raise InvalidArgumentException("Tags must contain at least one tag.")
    _check_tags(stream.tags | tags, service)
    stream.tags.update(tags)
    return {}


def untag_stream(service: Service, parameters: Parameters) -> Answer:
    """UntagStream: ignores keys that the stream does not have."""
    stream = service.streams.named_in(parameters)
    for key in parameters.texts("TagKeyList", TAG_KEY, 50):
        stream.tags.pop(key, None)
    return {}


def list_tags_for_stream(service: Service, parameters: Parameters) -> Answer:
    """ListTagsForStream: at most 50 tags, always in one page."""
    return {"Tags": service.streams.named_in(parameters).tags}


def update_data_retention(service: Service, parameters: Parameters) -> Answer:
    """UpdateDataRetention. A decrease immediately deletes the fragments that are no longer retained."""
    stream = service.streams.named_in(parameters)
    version = parameters.required_text("CurrentVersion", VERSION)
    operation = parameters.required_text("Operation", "(INCREASE|DECREASE)_DATA_RETENTION")
    change = parameters.integer("DataRetentionChangeInHours", 1, service.limits.retention_hours)
    if change is None:
        raise InvalidArgumentException("DataRetentionChangeInHours must be given.")
    stream.check_version(version)
    stream.check_active()
    hours = stream.retention_hours + (change if operation.startswith("INCREASE") else -change)
    if not 0 <= hours <= service.limits.retention_hours:
        raise InvalidArgumentException(
            f"The retention of {stream.name} would become {hours} hours: it must be from 0 to "
            f"{service.limits.retention_hours}."
        )
    stream.retention_hours = hours
    stream.revision += 1
    service.streams.change(stream, "UPDATING", service.clock())
    service.fragments.expire(stream, service.now_ms())
    return {}


def get_data_endpoint(endpoint: str) -> Operation:
    """GetDataEndpoint: returns `endpoint`, which is this server, for every API."""

    def operation(service: Service, parameters: Parameters) -> Answer:
        service.streams.named_in(parameters)
        parameters.required_text("APIName", API_NAMES)
        return {"DataEndpoint": endpoint}

    return operation


def _check_tags(tags: dict[str, str], service: Service) -> None:
    if len(tags) > service.limits.tags_per_stream:
        raise TagsPerResourceExceededLimitException(
            f"A stream has at most {service.limits.tags_per_stream} tags, not {len(tags)}."
        )


def _stream_info(stream: Stream) -> Answer:
    info = {
        "DeviceName": stream.device_name,
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "MediaType": stream.media_type,
        "KmsKeyId": stream.kms_key_id,
        "Version": stream.version,
        "Status": stream.status,
        "CreationTime": stream.created,
        "DataRetentionInHours": stream.retention_hours,
    }
    return {name: value for name, value in info.items() if value is not None}


def _decode_token(token: str | None) -> str:
    try:
        return base64.b64decode(token or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidArgumentException("NextToken is not from a ListStreams response.") from None
