from typing import Any

import pytest

from infra.local.kvs.images.request import ImageFormat, ImageRequest, read_request
from infra.local.kvs.service.errors import InvalidArgumentException
from infra.local.kvs.service.fragments import Fragment
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.parameters import Parameters

MINIMAL = {
    "ImageSelectorType": "PRODUCER_TIMESTAMP",
    "StartTimestamp": 10,
    "EndTimestamp": 310,
    "Format": "JPEG",
}


def asked(**members: Any) -> ImageRequest:
    return read_request(Parameters(MINIMAL | members), Limits())


def test_the_defaults() -> None:
    request = asked()

    assert (request.by_producer, request.start, request.end) == (True, 10_000_000, 310_000_000)
    assert (request.page_size, request.samples) == (25, range(10_000_000, 85_000_000, 3_000_000))
    assert request.form == ImageFormat("JPEG", 80, None, None)


def test_pages_cover_every_sample_once() -> None:
    request = asked(MaxResults=40)
    samples: list[int] = []
    while True:
        samples += request.samples
        if request.next_token is None:
            break
        request = asked(MaxResults=40, NextToken=request.next_token)

    assert samples == [10_000_000 + 3_000_000 * number for number in range(101)]


@pytest.mark.parametrize(("kind", "begins_ms"), [("PRODUCER_TIMESTAMP", 7), ("SERVER_TIMESTAMP", 9)])
def test_a_fragment_begins_by_the_clock_that_is_asked_for(kind: str, begins_ms: int) -> None:
    assert asked(ImageSelectorType=kind).begins_ms(Fragment("1", 7, 9, 0)) == begins_ms


def test_a_token_of_a_longer_window_is_invalid() -> None:
    token = asked().next_token

    with pytest.raises(InvalidArgumentException, match="NextToken"):
        asked(EndTimestamp=12, NextToken=token)
