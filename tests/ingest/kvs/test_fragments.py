import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ResponseStreamingError

from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.fragments import Archive
from ingest.kvs.video import Fragment, FragmentError
from tests.ingest.cloud import Cloud, Piece, at, live
from tests.ingest.video import grey


def archive(kvs: Cloud) -> Archive:
    return kvs.dependencies().kvs.archive


def test_a_listing_keeps_the_milliseconds_both_ways(kvs: Cloud) -> None:
    kvs.publish("door", [Piece(at(0.123), at(1.457), (0,), (1877,))], grey())
    sent: list[dict[str, Any]] = []
    kvs.archived.meta.events.register("before-call.*.ListFragments", lambda params, **_: sent.append(params))

    (found,) = archive(kvs).list("door", "PRODUCER_TIMESTAMP", at(0.123), at(0.123))
    assert archive(kvs).list("door", "PRODUCER_TIMESTAMP", at(0.124), at(9)) == []
    assert archive(kvs).list("door", "SERVER_TIMESTAMP", at(1.457), at(1.457)) == [found]

    assert (found.start, found.server_time, found.length) == (at(0.123), at(1.457), timedelta(seconds=1.877))
    assert found.end == at(2)
    assert found.size > 0
    span = json.loads(sent[0]["body"])["FragmentSelector"]["TimestampRange"]
    assert span == {"StartTimestamp": at(0.123).timestamp(), "EndTimestamp": at(0.123).timestamp()}


def test_every_page_is_read(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.kvs.fragments._PAGE", 3)
    kvs.publish("door", live(10), grey())

    listed = archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(100))

    assert sorted(fragment.start for fragment in listed) == [at(second) for second in range(0, 20, 2)]


def test_media_in_one_request_and_an_error_inside_it(kvs: Cloud) -> None:
    kvs.publish("door", live(3), grey())
    numbers = [found.number for found in archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(9))]

    parts = list(archive(kvs).media("door", [*numbers, "1"]))

    assert [part.number for part in parts] == [*numbers, "1"]
    assert [isinstance(part, Fragment) for part in parts] == [True, True, True, False]
    assert isinstance(parts[-1], FragmentError)
    assert parts[-1].code == "FRAGMENT_NOT_FOUND"


def test_a_broken_connection_cuts_the_fragment_it_brings(kvs: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    kvs.publish("door", live(2), grey())
    numbers = [found.number for found in archive(kvs).list("door", "SERVER_TIMESTAMP", at(0), at(9))]
    whole = b"".join(
        kvs.archived.get_media_for_fragment_list(StreamName="door", Fragments=numbers)[
            "Payload"
        ].iter_chunks()
    )

    class Payload:
        def iter_chunks(self, _: int) -> Iterator[bytes]:
            yield whole[:-5]
            raise ResponseStreamingError(error="reset by peer")

        def close(self) -> None:
            pass

    monkeypatch.setattr(kvs.archived, "get_media_for_fragment_list", lambda **_: {"Payload": Payload()})
    parts: list[Fragment | FragmentError] = []
    media = archive(kvs).media("door", numbers)
    parts += [next(media), next(media)]

    assert [isinstance(part, Fragment) and part.cut for part in parts] == [False, True]
    with pytest.raises(InvalidMatroska, match="connection broke"):
        next(media)
