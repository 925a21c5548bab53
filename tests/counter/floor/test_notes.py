from datetime import date, timedelta

import pytest

from counter.floor.floor_map import CameraShare, FloorMap
from counter.floor.mapping import CameraMapping, FourPoints, MappedCamera
from counter.floor.notes import FloorNote, NoteKind, notes
from counter.floor.plan import FloorPlan
from tests.counter.floor.shop import DAY, drawn, line

PLAN = FloorPlan(16, 9)
WHOLE = FourPoints(*[((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))] * 2)
CAMERA = MappedCamera("till", [CameraMapping(date.min, WHOLE)])
BEFORE, NEXT = DAY - timedelta(days=1), DAY + timedelta(days=1)


def texts(found: FloorMap) -> list[str]:
    return [note.text for note in notes(found)]


def test_a_map_of_everybody_needs_no_note() -> None:
    assert texts(drawn(PLAN, [CAMERA], [line("till", {100: 900})])) == []


def test_a_span_without_people_says_so() -> None:
    assert texts(drawn(PLAN, [CAMERA], [line("till", {})])) == ["Nobody was seen on the floor in this span."]


def test_a_span_in_which_nothing_was_counted_says_so() -> None:
    assert texts(drawn(PLAN, [CAMERA], [])) == [
        "No camera that is mapped to the floor plan was counting in this span.",
        "till: nothing was counted in this span.",
    ]


def test_what_is_left_out_is_said() -> None:
    lines = [line("till", {100: 600, 63: 150}, cut_off=250), line("till", None, 5400)]
    camera = MappedCamera("till", [CameraMapping(DAY, WHOLE), CameraMapping(NEXT, WHOLE)])
    lines += [line("till", {100: 1}, 3600, day=BEFORE), line("till", {100: 1000}, day=NEXT)]
    assert texts(drawn(PLAN, [camera], lines)) == [
        (
            "till: 12 % of the person-minutes are left out, because the lower edge of the picture cuts off"
            " the feet."
        ),
        "till: the camera has 2 mappings in this span; each part of it is placed by its own.",
        "till: 1.0 counted hours are left out, because the camera was not mapped to the floor plan then.",
        (
            "till: 1.5 counted hours are left out, because they do not say where people stood: run"
            " `occupancy recount` for them."
        ),
    ]


@pytest.mark.parametrize(("elsewhere", "said"), [(40, True), (4, False)])
def test_what_stands_elsewhere_is_said_if_it_matters(elsewhere: int, *, said: bool) -> None:
    share = CameraShare("till", counted_hours=1, person_minutes=1000, drawn=1000 - elsewhere)
    found = drawn(PLAN, [CAMERA], [line("till", {100: 900})])
    kinds = [note.kind for note in notes(FloorMap(PLAN, found.density, (share,)))]
    assert kinds == ([NoteKind.ELSEWHERE] if said else [])


@pytest.mark.parametrize("kind", NoteKind)
def test_every_note_is_one_sentence_without_a_hole(kind: NoteKind) -> None:
    text = FloorNote(kind, "till", 2.0).text
    assert text.endswith(".")
    assert text.count(". ") == 0
    assert "{" not in text
