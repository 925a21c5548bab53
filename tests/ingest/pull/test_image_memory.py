from datetime import timedelta

import pytest

from ingest.pull.image_memory import FAILURES, REST, askable, rests, with_answer, with_asked, without_closed
from ingest.registry.registered import ImageMemory
from tests.ingest.cloud import at

NOW = at(0)
RESTING = ImageMemory(failures=FAILURES - 1, rests_until=NOW + REST)


@pytest.mark.parametrize(
    ("memory", "answers", "expected"),
    [
        (ImageMemory(), (), ImageMemory()),
        (ImageMemory(), (None,), ImageMemory()),
        (ImageMemory(), ("NO_MEDIA",), ImageMemory(failures=1)),
        (ImageMemory(), ("NO_MEDIA", "MEDIA_ERROR"), ImageMemory(failures=2)),
        (ImageMemory(), ("NO_MEDIA", "MEDIA_ERROR", None), ImageMemory()),
        (ImageMemory(), ("NO_MEDIA",) * 3, RESTING),
        (ImageMemory(), ("NO_MEDIA",) * 4, RESTING),
        (RESTING, (None,), RESTING),  # a later answer of the call whose failure started the rest
        (
            ImageMemory(failures=FAILURES - 1, rests_until=NOW),
            ("NO_MEDIA",),
            RESTING,
        ),  # one failure suffices now
        (ImageMemory(failures=FAILURES - 1, rests_until=NOW), (None,), ImageMemory()),
        (ImageMemory(asked=(at(1),)), ("NO_MEDIA",), ImageMemory((at(1),), 1)),
    ],
)
def test_answers(memory: ImageMemory, answers: tuple[str | None, ...], expected: ImageMemory) -> None:
    for error in answers:
        memory = with_answer(memory, error, NOW)
    assert memory == expected


def test_getimages_rests_a_day_after_failures_and_until_the_first_picture_a_day_again() -> None:
    memory, paid = ImageMemory(), 0
    for minute in range(3 * 24 * 60):
        now = NOW + timedelta(minutes=minute)
        for instant in askable(memory, {now}, now):
            paid += 1
            memory = with_answer(with_asked(memory, [instant]), "NO_MEDIA", now)
        memory = without_closed(memory, {now})
    assert paid == FAILURES + 2


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (ImageMemory(), {at(0), at(10)}),
        (ImageMemory(asked=(at(0),)), {at(10)}),
        (ImageMemory(asked=(at(10), at(0))), set()),
        (RESTING, set()),
        (ImageMemory(rests_until=NOW), {at(0), at(10)}),
    ],
)
def test_no_instant_is_asked_for_twice_or_in_a_rest(memory: ImageMemory, expected: set[object]) -> None:
    assert askable(memory, {at(0), at(10)}, NOW) == expected


def test_what_was_asked_is_kept_in_order_and_dropped_once_closed() -> None:
    memory = with_asked(ImageMemory(asked=(at(20),)), [at(10), at(30), at(20)])
    assert memory.asked == (at(10), at(20), at(30))
    assert without_closed(memory, {at(10), at(30), at(40)}).asked == (at(10), at(30))


def test_a_rest_ends() -> None:
    assert rests(RESTING, NOW + REST - timedelta(milliseconds=1))
    assert not rests(RESTING, NOW + REST)
    assert not rests(ImageMemory(), NOW)
