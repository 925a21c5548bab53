"""The server of the page over real HTTP: what it serves, saves and refuses; with guard.py and drawing.py."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from infra.cli.view.guard import HEADERS
from infra.cli.view.server import LARGEST
from ingest.registry.polygons import Polygon
from tests.infra.cli.view.served import CORNER, LEFT, NOW, RIGHT, TOKEN, ServedPreview, frame, served, zone

TRIANGLE: Polygon = ((0.1, 0.1), (0.3, 0.1), (0.2, 0.4))
CROSSES = "crosses itself, its edge 1 meets its edge 3: give its corners in their order around it"
BOW_TIE: Polygon = ((0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.5))


@pytest.fixture(scope="module")
def running() -> Iterator[ServedPreview]:
    with served() as preview:
        yield preview


@pytest.fixture
def view(running: ServedPreview) -> ServedPreview:
    running.reset()
    return running


def test_the_camera_and_its_frame(view: ServedPreview) -> None:
    assert view.ask("GET", "/api/camera").json == {
        "camera_id": "entrance",
        "store_id": "berlin-1",
        "min_confidence": 95,
        "revision": 1,
        "origin": "14:05 CET, from GetImages",
        "width": 854,
        "height": 480,
        "polygons": [
            zone("left", [list(corner) for corner in LEFT]),  # type: ignore[arg-type]
            zone("right", [list(corner) for corner in RIGHT]),  # type: ignore[arg-type]
            zone("corner", [list(corner) for corner in CORNER], "ignore"),  # type: ignore[arg-type]
        ],
    }
    picture = view.ask("GET", "/api/frame")
    assert (picture.headers["Content-Type"], picture.body) == ("image/jpeg", frame().data)


def test_saving_goes_to_the_registry(view: ServedPreview) -> None:
    before = view.registry.get("entrance").camera
    polygons = [zone(" till ", TRIANGLE), zone("mirror", RIGHT, "ignore"), zone("till", LEFT, "ignore")]
    answer = view.ask("PUT", "/api/polygons", {"revision": 1, "polygons": polygons})
    assert (answer.status, answer.json["revision"]) == (200, 2)
    stored = view.registry.get("entrance")
    assert stored.camera == replace(before, zones={"till": TRIANGLE}, ignore={"mirror": RIGHT, "till": LEFT})
    assert stored.revision == 2
    assert view.ask("GET", "/api/camera").json["polygons"] == answer.json["polygons"]


def test_saving_what_is_there_already_changes_nothing(view: ServedPreview) -> None:
    polygons = view.ask("GET", "/api/camera").json["polygons"]
    assert view.ask("PUT", "/api/polygons", {"revision": 1, "polygons": polygons}).json["revision"] == 1
    assert view.registry.get("entrance").revision == 1


def test_somebody_elses_change_in_between_is_not_overwritten(view: ServedPreview) -> None:
    before = view.registry.get("entrance")
    view.registry.change(before, replace(before.camera, zones={"theirs": LEFT}), NOW)
    answer = view.ask("PUT", "/api/polygons", {"revision": 1, "polygons": [zone("mine", RIGHT)]})
    assert answer.status == 409
    assert answer.text == ("camera 'entrance' was just changed by somebody else: look at it and try again")
    assert view.registry.get("entrance").camera.zones == {"theirs": LEFT}


@pytest.mark.parametrize(
    ("polygons", "sentences"),
    [
        (
            [zone("till", BOW_TIE)],
            [f"zone 'till' {CROSSES}"],
        ),
        ([zone("till", TRIANGLE[:2])], ["zone 'till' has 2 different points, a polygon needs at least 3"]),
        (
            [zone("Till 1", TRIANGLE)],
            ["zone name 'Till 1' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"],
        ),
        (
            [zone("", TRIANGLE, "ignore")],
            ["ignore name '' must be 1 to 63 of a-z, 0-9 and '-', not starting with '-'"],
        ),
        (
            [zone("till", TRIANGLE), zone("till ", LEFT)],
            ["zone 'till' exists twice: rename one of them"],
        ),
        (
            [zone("a", BOW_TIE), zone("b", ((0.0, 0.0), (1.5, 0.0), (0.0, 1.0)), "ignore")],
            [
                f"zone 'a' {CROSSES}",
                "ignore 'b' has the point (1.5, 0) outside 0..1",
            ],
        ),
        (
            [{"kind": "door", "name": "x", "corners": LEFT}],
            ["the page sent polygons that cannot be read: reload it"],
        ),
        (
            [{"kind": "zone", "name": 1, "corners": LEFT}],
            ["the page sent polygons that cannot be read: reload it"],
        ),
        ([zone("x", ((0.1,),))], ["the page sent polygons that cannot be read: reload it"]),  # type: ignore[arg-type]
        ([zone("x", ((10**400, 0.1),))], ["the page sent polygons that cannot be read: reload it"]),
        (None, ["the page sent polygons that cannot be read: reload it"]),
    ],
)
def test_a_drawing_that_no_camera_can_have(view: ServedPreview, polygons: Any, sentences: list[str]) -> None:
    for method, path in (("PUT", "/api/polygons"), ("POST", "/api/people")):
        answer = view.ask(method, path, {"revision": 1, "polygons": polygons})
        assert (answer.status, answer.text.split("\n")) == (422, sentences)
    assert view.registry.get("entrance").revision == 1


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"{", 422, "the page sent no JSON: reload it"),
        (b"\xff", 422, "the page sent no JSON: reload it"),
        (b"[]", 422, "the page sent no JSON object: reload it"),
        (b" " * (LARGEST + 1), 413, None),
    ],
)
def test_requests_that_the_page_does_not_send(
    view: ServedPreview, body: bytes, status: int, sentence: str | None
) -> None:
    answer = view.ask("PUT", "/api/polygons", body)
    assert answer.status == status
    assert sentence in {answer.text, None}


def test_a_camera_that_is_gone(view: ServedPreview) -> None:
    view.registry.remove("entrance")
    answer = view.ask("GET", "/api/camera")
    assert answer.status == 400
    assert answer.text == "camera 'entrance' is not in the registry: see `occupancy camera list`"


def test_what_aws_refuses_is_one_sentence(view: ServedPreview) -> None:
    view.registry._dynamodb.delete_table(TableName="cameras")
    answer = view.ask("GET", "/api/camera")
    assert answer.status == 502
    assert answer.text.startswith("AWS refused GetItem (")


def test_people_by_the_counters_own_rules(view: ServedPreview) -> None:
    sent = {
        "polygons": [
            zone("left", LEFT),
            zone("all", (*LEFT[:1], *RIGHT[1:3], LEFT[3])),
            zone("corner", CORNER, "ignore"),
        ]
    }
    answer = view.ask("POST", "/api/people", sent).json
    assert answer["detector"] == "three"
    told = [
        (person["confidence"], person["counted"], person["zones"], person["ignore"])
        for person in answer["people"]
    ]
    assert told == [
        (99.0, True, ["left", "all"], []),
        (97.5, False, [], ["corner"]),
        (88.0, False, [], []),
    ]
    assert answer["people"][0]["box"] == [0.1, 0.2, 0.1, 0.5]
    assert answer["people"][0]["foot"] == pytest.approx([0.15, 0.7])
    view.ask("POST", "/api/people", {"polygons": []})
    assert view.detector.detections == 1  # the frame stays the same, in all tests


def test_people_by_the_confidence_that_the_camera_has_now(view: ServedPreview) -> None:
    before = view.registry.get("entrance")
    view.registry.change(before, replace(before.camera, min_confidence=85.0), NOW)
    answer = view.ask("POST", "/api/people", {"polygons": []}).json
    assert [person["counted"] for person in answer["people"]] == [True, True, True]


def test_done(view: ServedPreview) -> None:
    assert not view.done.is_set()
    assert view.ask("POST", "/api/done").status == 204
    assert view.done.is_set()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html"),
        ("/view.css", "text/css"),
        ("/view.js", "text/javascript"),
        ("/api.js", "text/javascript"),
        ("/stage.js", "text/javascript"),
        ("/drawing.js", "text/javascript"),
    ],
)
def test_the_page_loads_nothing_from_other_hosts(view: ServedPreview, path: str, content_type: str) -> None:
    answer = view.ask("GET", path, Authorization=None, Sec_Fetch_Site="none")
    assert (answer.status, answer.headers["Content-Type"]) == (200, f"{content_type}; charset=utf-8")
    outside = [word for word in answer.text.split() if "//" in word and ":" in word]
    assert outside in ([], ['"http://www.w3.org/2000/svg";'])  # a name, not an address
    assert TOKEN not in answer.text


@pytest.mark.parametrize("path", ["/", "/api/camera", "/api/frame", "/nowhere"])
def test_no_answer_may_be_stored(view: ServedPreview, path: str) -> None:
    answer = view.ask("GET", path)
    assert answer.headers.items() >= HEADERS.items()
    assert "Set-Cookie" not in answer.headers


OTHER_HOST = "This is not the address of the view: open the address that the command printed."
OTHER_ORIGIN = "Another page opened this view: copy the address that the command printed into the browser."
NOT_OPENED = "This tab does not have the token of the view: open the address that the command printed."
PUT = ("PUT", "/api/polygons")


@pytest.mark.parametrize(
    ("request_line", "headers", "sentence"),
    [
        (("GET", "/"), {"Host": "shop.example"}, OTHER_HOST),
        (("GET", "/"), {"Host": "127.0.0.1"}, OTHER_HOST),
        (("GET", "/"), {"Host": "127.0.0.1.shop.example:{port}"}, OTHER_HOST),
        (("GET", "/api/frame"), {"Host": "shop.example:{port}"}, OTHER_HOST),
        (("GET", "/"), {"Sec_Fetch_Site": "cross-site"}, OTHER_ORIGIN),
        (
            ("GET", "/api/frame"),
            {"Sec_Fetch_Site": "same-site"},
            OTHER_ORIGIN,
        ),  # another port of this machine
        (PUT, {"Sec_Fetch_Site": "cross-site"}, OTHER_ORIGIN),
        (PUT, {"Origin": "http://shop.example"}, OTHER_ORIGIN),
        (PUT, {"Origin": "null"}, OTHER_ORIGIN),
        (PUT, {"Origin": None}, OTHER_ORIGIN),
        (PUT, {"Origin": "http://127.0.0.1:1"}, OTHER_ORIGIN),
        (PUT, {"Origin": "https://127.0.0.1:{port}"}, OTHER_ORIGIN),
        (("POST", "/api/done"), {"Origin": "http://shop.example"}, OTHER_ORIGIN),
        (("GET", "/api/frame"), {"Authorization": None}, NOT_OPENED),
        (("GET", "/api/camera"), {"Authorization": "Bearer guessed"}, NOT_OPENED),
        (("GET", "/api/camera"), {"Authorization": f"Bearer {TOKEN} "[:-2]}, NOT_OPENED),
        (PUT, {"Authorization": "Bearer \xe9"}, NOT_OPENED),
        (("POST", "/api/done"), {"Authorization": None}, NOT_OPENED),
    ],
)
def test_requests_that_are_refused(
    view: ServedPreview, request_line: tuple[str, str], headers: dict[str, str | None], sentence: str
) -> None:
    port = view.url.rpartition(":")[2]
    sent = {name: value and value.format(port=port) for name, value in headers.items()}
    answer = view.ask(*request_line, {"revision": 1, "polygons": []}, **sent)
    assert (answer.status, answer.text) == (403, sentence)
    assert view.registry.get("entrance").revision == 1
    assert not view.done.is_set()


def test_localhost_is_this_machine_too(view: ServedPreview) -> None:
    host = view.url.replace("http://127.0.0.1", "localhost")
    sent = {"revision": 1, "polygons": []}
    assert view.ask("PUT", "/api/polygons", sent, Host=host, Origin=f"http://{host}").status == 200


def test_a_client_that_is_no_browser_needs_the_token_alone(view: ServedPreview) -> None:
    assert view.ask("GET", "/api/camera", Sec_Fetch_Site=None).status == 200


def test_it_listens_on_loopback_alone(view: ServedPreview) -> None:
    assert view.url.startswith("http://127.0.0.1:")
