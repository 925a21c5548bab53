import pytest

from infra.local.kvs.put_media.start_timestamp import start_ms
from infra.local.kvs.service.errors import InvalidArgumentException


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("1795393393.16", 1_795_393_393_016),  # Amazon's C and C++ producers
        ("1795393233.0", 1_795_393_233_000),
        ("1795393233.5", 1_795_393_233_005),
        ("1795393233.500", 1_795_393_233_500),  # Amazon's C, C++ and Java producers
        ("1795393233.016", 1_795_393_233_016),
        ("1795393233.0164219", 1_795_393_233_016),  # Python samples
        ("1795393233.1600000", 1_795_393_233_160),
        ("0", 0),  # the Go library
        (" 1795393233 ", 1_795_393_233_000),
    ],
)
def test_both_ways_of_writing_it(text: str, millis: int) -> None:
    assert start_ms(text) == millis


@pytest.mark.parametrize("text", ["", "now", "-1", "1e9", "1795393233.", "1795393233,5", "nan", "9" * 20])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(InvalidArgumentException, match="x-amzn-producer-start-timestamp is"):
        start_ms(text)
