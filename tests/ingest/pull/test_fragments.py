from collections.abc import Generator, Sequence
from datetime import timedelta

import pytest

from ingest.kvs.ebml import InvalidMatroska
from ingest.kvs.endpoints import StreamUnavailable
from ingest.kvs.video import Fragment, FragmentError, ListedFragment
from ingest.pull.fragments import ATTEMPTS, BATCH, Fetcher
from tests.ingest.cloud import at

WANTED = [ListedFragment(str(number), at(number), at(number), timedelta(seconds=2)) for number in range(1, 6)]


def whole(number: str, *, cut: bool = False) -> Fragment:
    return Fragment(number, at(int(number)), None, (), cut)


class Kvs:
    """Answers like KVS; `bad` says how often a fragment fails, and how."""

    def __init__(self, **bad: tuple[str, int]) -> None:
        self.bad = {name.strip("f"): plan for name, plan in bad.items()}
        self.asked: list[list[str]] = []
        self.slept: list[float] = []

    def media(self, numbers: Sequence[str]) -> Generator[Fragment | FragmentError, None, None]:
        self.asked.append(list(numbers))
        for number in numbers:
            how, times = self.bad.get(number, ("", 0))
            if times:
                self.bad[number] = (how, times - 1)
            if not times:
                yield whole(number)
            elif how == "not found":
                yield FragmentError(number, "FRAGMENT_NOT_FOUND")
                return
            elif how == "cut":
                yield whole(number, cut=True)
                raise InvalidMatroska("garbage")
            elif how == "nameless":
                yield FragmentError(None, "INVALID_DOCUMENT")
                return
            else:
                return

    def fetch(self) -> dict[str, Fragment | FragmentError]:
        parts = list(Fetcher(self.media, self.slept.append).fetch(WANTED))
        assert len(parts) == len(dict(parts)) == len(WANTED)
        return {fragment.number: media for fragment, media in parts}


def test_all_at_once() -> None:
    kvs = Kvs()

    assert kvs.fetch() == {str(number): whole(str(number)) for number in range(1, 6)}
    assert (kvs.asked, kvs.slept) == ([["1", "2", "3", "4", "5"]], [])


@pytest.mark.parametrize("how", ["not found", "cut", "nameless", "ends"])
def test_what_fails_is_tried_again_behind_the_others(how: str) -> None:
    kvs = Kvs(f2=(how, 2))

    assert kvs.fetch() == {str(number): whole(str(number)) for number in range(1, 6)}
    assert kvs.asked == [["1", "2", "3", "4", "5"], ["3", "4", "5", "2"], ["2"]]
    assert len(kvs.slept) == 2


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("not found", FragmentError("2", "FRAGMENT_NOT_FOUND")),
        ("cut", whole("2", cut=True)),
        ("ends", FragmentError("2", "MISSING", "the answer ended before")),
    ],
)
def test_what_keeps_failing_is_given_up_and_delays_none_of_the_others(
    how: str, expected: Fragment | FragmentError
) -> None:
    kvs = Kvs(f2=(how, 99))

    found = kvs.fetch()

    assert found.pop("2") == expected
    assert set(found.values()) == {whole(number) for number in "1345"}
    assert sum("2" in asked for asked in kvs.asked) == ATTEMPTS


def test_all_of_them_failing_ends() -> None:
    kvs = Kvs(**{f"f{number}": ("not found", 99) for number in range(1, 6)})

    assert all(isinstance(media, FragmentError) for media in kvs.fetch().values())
    assert len(kvs.asked) == 5 * ATTEMPTS


def test_requests_are_bounded() -> None:
    kvs = Kvs()
    many = [ListedFragment(str(number), at(number), at(number), timedelta()) for number in range(1, 61)]

    assert len(list(Fetcher(kvs.media).fetch(many))) == 60
    assert [len(asked) for asked in kvs.asked] == [BATCH, BATCH, 60 - 2 * BATCH]


def test_a_stream_that_is_gone_is_told_at_once() -> None:
    def gone(numbers: Sequence[str]) -> Generator[Fragment | FragmentError, None, None]:
        if numbers:
            raise StreamUnavailable("door", "ResourceNotFoundException", "it is gone")
        yield from ()

    with pytest.raises(StreamUnavailable):
        list(Fetcher(gone).fetch(WANTED))


def test_without_fragments_there_is_no_request() -> None:
    kvs = Kvs()

    assert list(Fetcher(kvs.media).fetch([])) == []
    assert kvs.asked == []
