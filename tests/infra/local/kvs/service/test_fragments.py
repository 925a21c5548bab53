import tempfile
from pathlib import Path

import pytest

from infra.local.kvs.service.fragments import Fragment, FragmentNumbers, FragmentStore, Media
from infra.local.kvs.service.limits import Limits
from infra.local.kvs.service.streams import AccountStreams, Stream

HOUR = 3_600_000
MEDIA = Media(b"header", b"cluster", b"trailing")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FragmentStore:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return FragmentStore(Limits())


def stream(name: str = "entrance", hours: int = 1) -> Stream:
    created = AccountStreams("123456789012", "us-east-1", 10).create(name, 0.0)
    created.retention_hours = hours
    return created


def fragment(number: int, server_ms: int = 0) -> Fragment:
    return Fragment(str(number), number, server_ms, 960)


def files(tmp_path: Path) -> int:
    return sum(path.is_file() for path in tmp_path.rglob("*"))


def test_the_bytes_come_back_as_they_came(store: FragmentStore) -> None:
    entrance = stream()
    store.add(entrance, fragment(1), MEDIA, 0)

    stored = store.get(entrance, "1", 0)

    assert stored is not None
    assert store.media(entrance, stored) == MEDIA
    assert stored.total_bytes == len(MEDIA) == 21


@pytest.mark.parametrize("name", [".", "..", "a", "x" * 256])
def test_any_name_of_a_stream_is_kept_within_the_directory(
    store: FragmentStore, tmp_path: Path, name: str
) -> None:
    store.add(stream(name), fragment(1), MEDIA, 0)

    assert files(tmp_path) == 1


def test_past_fragments_are_neither_seen_nor_kept(store: FragmentStore, tmp_path: Path) -> None:
    entrance = stream(hours=1)
    store.add(entrance, fragment(1, 0), MEDIA, 0)
    store.add(entrance, fragment(2, 1), MEDIA, 1)

    assert [stored.fragment.number for stored in store.listed(entrance, HOUR)] == ["1", "2"]
    assert [stored.fragment.number for stored in store.listed(entrance, HOUR + 1)] == ["2"]
    assert store.get(entrance, "1", HOUR + 1) is None
    assert files(tmp_path) == 2
    store.expire(entrance, HOUR + 1)
    assert files(tmp_path) == 1


def test_a_forgotten_stream_leaves_the_others(store: FragmentStore, tmp_path: Path) -> None:
    entrance, exit_ = stream("entrance"), stream("exit")
    store.add(entrance, fragment(1), MEDIA, 0)
    store.add(exit_, fragment(2), MEDIA, 0)

    store.forget(entrance)

    assert list(store.listed(entrance, 0)) == []
    assert [stored.fragment.number for stored in store.listed(exit_, 0)] == ["2"]
    assert files(tmp_path) == 1


def test_nothing_is_left_behind(store: FragmentStore, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []  # nor created before it is needed
    store.add(stream(), fragment(1), MEDIA, 0)

    store.close()

    assert list(tmp_path.iterdir()) == []


def test_numbers_have_47_digits_and_increase_from_run_to_run() -> None:
    first, later = FragmentNumbers(1_795_393_020_000), FragmentNumbers(1_795_393_020_001)
    numbers = [first(), first(), later(), later()]

    assert {len(number) for number in numbers} == {47}
    assert numbers == sorted(set(numbers))


def test_a_stream_without_retention_is_buffered_for_as_long_as_the_limit_says(
    store: FragmentStore, tmp_path: Path
) -> None:
    live = stream(hours=0)
    store.add(live, fragment(1, 0), MEDIA, 0)
    store.add(live, fragment(2, 1), MEDIA, 1)

    assert list(store.listed(live, 1)) == []
    assert store.get(live, "2", 1) is None
    assert newest_first(store, live, 300_000) == ["2", "1"]
    assert newest_first(store, live, 300_001) == ["2"]
    assert files(tmp_path) == 1


@pytest.mark.parametrize(("room", "kept"), [(63, ["3", "2", "1"]), (62, ["3", "2"]), (21, ["3"]), (20, [])])
def test_the_buffer_is_limited_in_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, kept: list[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store, live = FragmentStore(Limits(buffer_bytes=room)), stream(hours=0)
    for number in (1, 2, 3):
        store.add(live, fragment(number), MEDIA, 0)

    assert newest_first(store, live, 0) == kept
    assert files(tmp_path) == len(kept)


def test_what_a_stream_with_retention_persists_is_not_in_the_buffer(store: FragmentStore) -> None:
    entrance = stream(hours=0)
    store.add(entrance, fragment(1), MEDIA, 0)
    entrance.retention_hours = 1
    store.add(entrance, fragment(2), MEDIA, 0)

    assert [stored.fragment.number for stored in store.listed(entrance, 0)] == ["2"]
    assert newest_first(store, entrance, 0) == ["2", "1"]
    assert newest_first(store, entrance, 300_001) == ["2"]


def newest_first(store: FragmentStore, stream: Stream, now_ms: int) -> list[str]:
    return [stored.fragment.number for stored in store.newest_first(stream, now_ms)]
