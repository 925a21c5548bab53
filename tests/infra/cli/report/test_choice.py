from collections.abc import Mapping, Sequence

import pytest

from counter.analytics.figures import STORE, Kind, Subject
from infra.cli.report.choice import OtherStore, SubjectOptions, UnclearSubject, choose
from infra.cli.terminal.unknown_name import UnknownName
from ingest.registry.registered import RegisteredCamera
from tests.infra.cli.report.shop import HALF, camera

DOOR = RegisteredCamera(camera())
TILL = RegisteredCamera(camera("till", area="tills", zones={"queue": HALF, "shelf": HALF}))
SOUTH = RegisteredCamera(camera("yard", store_id="south", area="yard", zones={}))
ALL = (DOOR, TILL, SOUTH)


def chosen(options: Mapping[str, str], registered: Sequence[RegisteredCamera] = ALL) -> tuple[str, Subject]:
    named = SubjectOptions(*(options.get(name) for name in ("store", "area", "camera", "zone")))
    found = choose(named, registered, ["north"])
    return found.store_id, found.subject


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"store": "north"}, ("north", STORE)),
        ({"area": "tills"}, ("north", Subject(Kind.AREA, "tills"))),
        ({"camera": "yard"}, ("south", Subject(Kind.CAMERA, "yard"))),
        ({"zone": "queue"}, ("north", Subject(Kind.ZONE, "queue", "till"))),
        ({"zone": "shelf", "camera": "door"}, ("north", Subject(Kind.ZONE, "shelf", "door"))),
        ({"store": "north", "camera": "gone"}, ("north", Subject(Kind.CAMERA, "gone"))),
    ],
)
def test_options_name_a_subject(options: dict[str, str], expected: tuple[str, Subject]) -> None:
    assert chosen(options) == expected


def test_the_only_store_needs_no_option() -> None:
    assert chosen({}, (DOOR,)) == ("north", STORE)
    assert chosen({"area": "of the past"}, (DOOR,)) == ("north", Subject(Kind.AREA, "of the past"))


def test_only_the_history_can_tell_what_the_registry_does_not_have() -> None:
    assert choose(SubjectOptions("north", None, "gone", None), ALL, []).known is False
    assert choose(SubjectOptions("north", None, None, None), ALL, []).known is True
    assert choose(SubjectOptions("west", None, None, None), ALL, ["west"]).known is True


def test_a_subject_of_another_store_is_found_there() -> None:
    choice = choose(SubjectOptions("south", None, "door", None), ALL, [])
    assert (choice.known, choice.elsewhere) == (False, ["north"])
    with pytest.raises(OtherStore) as error:
        choose(SubjectOptions("south", None, None, "queue"), ALL, [])
    assert str(error.value) == "zone 'queue' is not in store 'south' but in north: give --store north"


def test_the_cameras_are_those_of_the_store() -> None:
    assert list(choose(SubjectOptions(None, "tills", None, None), ALL, []).cameras) == [DOOR, TILL]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "there are several stores: give --store, one of north, south"),
        ({"zone": "shelf"}, "zone 'shelf' is of several cameras: give --camera, one of door, till"),
        (
            {"area": "floor", "zone": "shelf"},
            "--area and --camera or --zone exclude each other: give one of them",
        ),
    ],
)
def test_what_is_unclear_says_what_is_missing(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(UnclearSubject) as error:
        chosen(options)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"store": "nrth"}, "store 'nrth' is not in the registry: did you mean north?"),
        ({"camera": "tils"}, "camera 'tils' is not in the registry: did you mean till?"),
        ({"area": "tils"}, "area 'tils' is not in the registry: did you mean tills?"),
        ({"zone": "queu"}, "zone 'queu' is not in the registry: did you mean queue?"),
        ({"zone": "xyz"}, "zone 'xyz' is not in the registry: see `occupancy camera list`"),
    ],
)
def test_an_unknown_name_comes_with_the_nearest(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(UnknownName) as error:
        chosen(options)
    assert str(error.value) == sentence
