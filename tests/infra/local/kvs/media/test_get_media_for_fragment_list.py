from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local.kvs.server import KvsServer
from ingest.kvs import ebml, mkv
from tests.infra.local.kvs.arbitrary_media import HEADER, START, TAGS, fragment
from tests.infra.local.kvs.conftest import UNCHECKED, Clock
from tests.infra.local.kvs.raw import RawPutMedia

if TYPE_CHECKING:
    from mypy_boto3_kinesis_video_archived_media import KinesisVideoArchivedMediaClient

VOID = ebml.element(ebml.VOID, b"\0" * 30)


@pytest.fixture
def numbers(kvs: KvsServer, archive: "KinesisVideoArchivedMediaClient") -> list[str]:
    """The numbers of two fragments after a Void; the first has a tag."""
    with RawPutMedia(kvs.url) as connection:
        connection.read_head()
        connection.send(HEADER + VOID + fragment(START) + TAGS + fragment(START + 1000))
        connection.finish()
        return [ack["FragmentNumber"] for ack in connection.acks() if ack["EventType"] == "PERSISTED"]


def payload(client: "KinesisVideoArchivedMediaClient", *numbers: str) -> bytes:
    return client.get_media_for_fragment_list(StreamName="entrance", Fragments=numbers)["Payload"].read()


def simple_tag(name: str, value: str) -> bytes:
    """An element with a four-byte size, as in captures of AWS."""
    written = b"\x45\xa3\x10\0\0" + bytes([len(name)]) + name.encode()
    written += b"\x44\x87\x10\0\0" + bytes([len(value)]) + value.encode()
    return b"\x67\xc8\x10\0\0" + bytes([len(written)]) + written


def tags(*pairs: tuple[str, str]) -> bytes:
    written = b"".join(simple_tag(name, value) for name, value in pairs)
    tag = b"\x73\x73\x10\0\0" + bytes([len(written)]) + written
    return b"\x12\x54\xc3\x67\x10\0\0" + bytes([len(tag)]) + tag


def test_a_document_is_framed_byte_for_byte_as_aws_frames_it(
    archive: "KinesisVideoArchivedMediaClient", numbers: list[str]
) -> None:
    listed = archive.list_fragments(StreamName="entrance")["Fragments"]
    facts = {listed_fragment["FragmentNumber"]: listed_fragment for listed_fragment in listed}

    def own(number: str, producer: str) -> bytes:
        return tags(
            ("AWS_KINESISVIDEO_FRAGMENT_NUMBER", number),
            ("AWS_KINESISVIDEO_SERVER_TIMESTAMP", f"{facts[number]['ServerTimestamp'].timestamp():.3f}"),
            ("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", producer),
        )

    first = HEADER + VOID + own(numbers[0], "1795393011.685") + fragment(START) + TAGS
    second = HEADER + own(numbers[1], "1795393012.685") + fragment(START + 1000)

    assert len(own(numbers[0], "1795393011.685")) == 243
    assert payload(archive, *numbers) == first + second
    assert [facts[number]["FragmentSizeInBytes"] for number in numbers] == [len(first), len(second)]


def test_documents_come_in_the_order_of_the_list(
    archive: "KinesisVideoArchivedMediaClient", numbers: list[str]
) -> None:
    first, second = numbers

    assert payload(archive, second, first) == payload(archive, second) + payload(archive, first)
    assert payload(archive, first, first) == payload(archive, first) * 2


def test_the_content_type_is_a_header(archive: "KinesisVideoArchivedMediaClient", numbers: list[str]) -> None:
    answer = archive.get_media_for_fragment_list(StreamName="entrance", Fragments=numbers)

    assert answer["ContentType"] == "video/webm"


def test_a_missing_fragment_is_an_error_document_in_a_200_and_the_end(
    archive: "KinesisVideoArchivedMediaClient", numbers: list[str]
) -> None:
    data = payload(archive, numbers[0], "1", numbers[1])

    error = mkv.document_head() + tags(
        ("AWS_KINESISVIDEO_ERROR_CODE", "FRAGMENT_NOT_FOUND"),
        ("AWS_KINESISVIDEO_ERROR_ID", "3000"),
        ("AWS_KINESISVIDEO_FRAGMENT_NUMBER", "1"),
    )
    assert data == payload(archive, numbers[0]) + error


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"StreamName": "exit", "Fragments": ["1"]}, "ResourceNotFoundException"),
        ({"StreamName": "entrance", "Fragments": ["one"]}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "Fragments": ["1" * 129]}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "Fragments": [""]}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "Fragments": []}, "InvalidArgumentException"),
        ({"StreamName": "entrance", "Fragments": ["1"] * 1001}, "InvalidArgumentException"),
        ({"StreamName": "entrance"}, "InvalidArgumentException"),
    ],
)
@pytest.mark.usefixtures("archive")
def test_errors(kvs: KvsServer, parameters: dict[str, Any], error: str) -> None:
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url, config=UNCHECKED)

    with pytest.raises(getattr(client.exceptions, error)):
        client.get_media_for_fragment_list(**parameters)


def test_too_many_fragments_in_a_second(serve: Callable[..., KvsServer], clock: Clock) -> None:
    kvs = serve(fragment_media_quota=1)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)
    clock.stop()

    payload(client, "1", "2")
    with pytest.raises(client.exceptions.ClientLimitExceededException):
        payload(client, "1")


def test_no_connection_left(serve: Callable[..., KvsServer]) -> None:
    kvs = serve(fragment_list_connections=0)
    boto3.client("kinesisvideo").create_stream(StreamName="entrance", DataRetentionInHours=1)
    client = boto3.client("kinesis-video-archived-media", endpoint_url=kvs.url)

    with pytest.raises(client.exceptions.ClientLimitExceededException):
        payload(client, "1")
