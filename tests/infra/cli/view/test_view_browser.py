"""The page in a real browser: Debian's Chromium, headless, as an engineer would use it."""

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest

from infra.cli.aws.stack import find_stack_resources
from ingest.registry.table import CameraRegistry
from tests.infra.cli.view.running import LONG, address, viewing
from tests.infra.cli.view.served import LEFT, NOW, RIGHT, frame

if TYPE_CHECKING:
    import subprocess

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.system

playwright = pytest.importorskip("playwright.sync_api", reason="make test-system installs playwright")

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",  # root has none
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SQUARE = ((0.55, 0.3), (0.8, 0.3), (0.8, 0.7), (0.55, 0.7))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The command's home, working directory and temporary directory: nothing may be written there."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def command(aws: str, picture: Path, home: Path) -> Iterator["subprocess.Popen[str]"]:
    with viewing(aws, picture, HOME=str(home), TMPDIR=str(home), PYTHONPATH=str(Path.cwd())) as process:
        yield process


@pytest.fixture
def registry(aws: str) -> CameraRegistry:
    clients = [boto3.client(name, endpoint_url=aws) for name in ("cloudformation", "dynamodb")]
    return CameraRegistry(clients[1], find_stack_resources(clients[0], "store-occupancy").camera_table)  # type: ignore[arg-type]


@pytest.fixture
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profile")


@pytest.fixture
def browser(profile: Path) -> Iterator["BrowserContext"]:
    """With a new profile; Chromium's own connections are closed off by its flags."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, headless=True, args=FLAGS
        )
        context.set_default_timeout(1000 * LONG)
        yield context
        context.close()


@pytest.fixture
def requests(browser: "BrowserContext") -> list[str]:
    """Every address that the browser was made to ask for."""
    seen: list[str] = []
    browser.on("request", lambda request: seen.append(request.url))
    return seen


@pytest.fixture
def complaints(browser: "BrowserContext") -> list[str]:
    """What the pages' scripts, and the policy on their content, complained of."""
    heard: list[str] = []
    browser.on("weberror", lambda error: heard.append(str(error.error)))
    browser.on("console", lambda message: heard.append(message.text))
    return heard


@pytest.fixture
def page(command: "subprocess.Popen[str]", browser: "BrowserContext", requests: list[str]) -> "Page":
    origin, token = address(command)
    page = browser.new_page()
    page.goto(f"{origin}/#{token}")
    page.wait_for_selector("#overlay .shape")
    return page


def click(page: "Page", *corners: tuple[float, float]) -> None:
    """On the picture, at shares of its sides."""
    bounds = page.locator("#stage").bounding_box()
    assert bounds
    for x, y in corners:
        page.mouse.click(bounds["x"] + x * bounds["width"], bounds["y"] + y * bounds["height"])


def drag(page: "Page", start: tuple[float, float], end: tuple[float, float]) -> None:
    bounds = page.locator("#stage").bounding_box()
    assert bounds
    for point, act in ((start, page.mouse.down), (end, page.mouse.up)):
        page.mouse.move(bounds["x"] + point[0] * bounds["width"], bounds["y"] + point[1] * bounds["height"])
        act()


def draw(page: "Page", button: str, corners: tuple[tuple[float, float], ...], name: str) -> None:
    """A polygon, closed at its first corner, and named."""
    page.click(button)
    click(page, *corners, corners[0])
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def names(page: "Page", rows: str = "#zones") -> list[str]:
    return [element.input_value() for element in page.locator(f"{rows} input").all()]


def saved(page: "Page") -> None:
    page.click("#save")
    page.wait_for_selector("#said.good")


def near(polygon: tuple[tuple[float, float], ...]) -> Any:
    """Within a pixel of the screen."""
    return tuple(pytest.approx(corner, abs=0.003) for corner in polygon)


def test_drawing_naming_saving_reloading(
    page: "Page",
    registry: CameraRegistry,
    requests: list[str],
    complaints: list[str],
    home: Path,
    profile: Path,
) -> None:
    before = registry.get("entrance").camera
    assert names(page) == ["left", "right"]
    draw(page, "#zone", SQUARE, "till")
    draw(page, "#ignore", ((0.1, 0.1), (0.3, 0.1), (0.2, 0.4)), "mirror")
    saved(page)
    after = registry.get("entrance").camera
    assert dict(after.zones) == {"left": LEFT, "right": RIGHT, "till": near(SQUARE)}
    assert dict(after.ignore) == {"mirror": near(((0.1, 0.1), (0.3, 0.1), (0.2, 0.4)))}
    assert replace(after, zones=before.zones, ignore=before.ignore) == before
    page.reload()
    page.wait_for_selector("#overlay .shape")
    assert (names(page), names(page, "#ignored")) == (["left", "right", "till"], ["mirror"])
    assert page.locator("#overlay .shape").count() == 4
    # And nothing of it on the disk, nothing beyond this machine, nothing that the page was not meant to do.
    assert [*home.rglob("*")] == []
    scan = frame().data[-200:]
    assert not [path for path in profile.rglob("*") if path.is_file() and scan in path.read_bytes()]
    assert {urlsplit(url).hostname for url in requests if not url.startswith("blob:")} == {"127.0.0.1"}
    assert complaints == []


def test_what_is_drawn_wrongly_is_one_sentence(page: "Page", registry: CameraRegistry) -> None:
    draw(page, "#zone", ((0.6, 0.2), (0.9, 0.8), (0.9, 0.2), (0.6, 0.7)), "cross")
    page.click("#save")
    page.wait_for_selector("#said:not([hidden]):not(.good)")
    assert page.inner_text("#said") == (
        "zone 'cross' crosses itself, its edge 1 meets its edge 3: give its corners in their order around it"
    )
    page.locator("#zones input").last.fill("left")
    page.click("#save")
    page.locator("#said", has_text="twice").wait_for()
    assert page.inner_text("#said") == "zone 'left' exists twice: rename one of them"
    assert registry.get("entrance").revision == 1
    assert names(page) == ["left", "right", "left"]


def test_dragging_renaming_deleting_undoing(page: "Page", registry: CameraRegistry) -> None:
    draw(page, "#zone", SQUARE, "till")
    click(page, (0.7, 0.5))
    drag(page, SQUARE[2], (0.9, 0.8))
    page.locator("#zones li", has=page.locator("input")).first.locator("button").click()
    assert names(page) == ["right", "till"]
    page.click("#undo")
    assert names(page) == ["left", "right", "till"]
    page.click("#redo")
    page.locator("#zones input").last.fill("queue")
    saved(page)
    zones = registry.get("entrance").camera.zones
    assert dict(zones) == {"right": RIGHT, "queue": near((*SQUARE[:2], (0.9, 0.8), SQUARE[3]))}


def test_the_keyboard_alone(page: "Page", registry: CameraRegistry) -> None:
    page.keyboard.press("z")
    for key in ("Space", "Shift+ArrowRight", "Space", "Shift+ArrowDown", "ArrowDown", "Space", "Enter"):
        page.keyboard.press(key)
    page.keyboard.type("till")
    for key in ("Enter", "n", "ArrowLeft", "Control+s"):
        page.keyboard.press(key)
    page.wait_for_selector("#said.good")
    assert registry.get("entrance").camera.zones["till"] == near(((0.495, 0.5), (0.55, 0.5), (0.55, 0.555)))


def test_somebody_elses_change_is_shown_beside_ones_own(page: "Page", registry: CameraRegistry) -> None:
    draw(page, "#zone", SQUARE, "till")
    before = registry.get("entrance")
    theirs = {"left": LEFT[1:], "till": RIGHT, "door": RIGHT}
    registry.change(before, replace(before.camera, zones=theirs, min_confidence=90.0), NOW)
    page.click("#save")
    page.wait_for_selector("#said:not([hidden])")
    assert page.inner_text("#said").startswith("camera 'entrance' was just changed by somebody else: ")
    # `right` they removed and it was not touched here; `till` both drew.
    assert sorted(names(page)) == ["door", "left", "till", "till-theirs"]
    saved(page)
    after = registry.get("entrance").camera
    assert after.zones["till"] == near(SQUARE)
    assert (after.zones["till-theirs"], after.zones["left"]) == (RIGHT, LEFT[1:])
    assert after.min_confidence == 90


def test_people_and_where_they_are_counted(page: "Page") -> None:
    page.click("#people")
    page.wait_for_selector("#found li")
    people = page.locator("#found li").count()
    assert people == page.locator("#overlay .person:not(.shadow)").count() > 0
    assert page.inner_text("#counted").endswith("would be counted (hog, confidence >= 95).")
    inside = [int(element.inner_text() or 0) for element in page.locator("#zones output").all()]
    assert sum(inside) == page.locator("#found li:not(.not)").count() > 0
    nearly = ((0.003, 0.003), (0.997, 0.003), (0.997, 0.997), (0.003, 0.997))  # which snaps to the border
    draw(page, "#ignore", nearly, "all")
    page.locator("#counted", has_text="0 people would").wait_for()
    assert page.locator("#found li.not").count() == people


def test_on_a_phone_nothing_is_cut_off(page: "Page") -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    draw(page, "#zone", SQUARE, "till")
    saved(page)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_another_origin_is_refused(
    page: "Page", browser: "BrowserContext", registry: CameraRegistry, aws: str, host: str
) -> None:
    """A page of another site, or of another port of this machine: moto's server gives it."""
    origin = page.url.rstrip("/")
    other = browser.new_page()
    other.goto(aws.replace("127.0.0.1", host) + "/moto-api/data.json")
    send = "([url, method]) => fetch(url, { method, mode: 'no-cors' }).then(() => 'read', () => 'failed')"
    for method, path in (("POST", "/api/people"), ("POST", "/api/done"), ("GET", "/api/frame"), ("GET", "/")):
        assert other.evaluate(send, [origin + path, method]) == "failed"
    with other.expect_navigation() as navigation:
        other.evaluate("(url) => { location.href = url }", origin + "/")
    assert navigation.value.status == 403
    assert other.inner_text("body") == (
        "Another page opened this view: copy the address that the command printed into the browser."
    )
    assert registry.get("entrance").revision == 1
    page.reload()  # it still runs
    page.wait_for_selector("#overlay .shape")


def test_a_tab_without_the_token_is_told(page: "Page", browser: "BrowserContext") -> None:
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector("#said:not([hidden])")
    assert other.inner_text("#said") == (
        "This tab does not have the token of the view: open the address that the command printed."
    )
    assert other.locator("#frame").get_attribute("src") is None


def test_done_ends_the_command(page: "Page", command: "subprocess.Popen[str]") -> None:
    draw(page, "#zone", SQUARE, "till")
    page.click("#done")
    assert "unsaved" in page.inner_text("#said")
    page.click("#done")
    page.wait_for_selector(".over")
    assert command.wait(LONG) == 0


def test_a_command_that_has_ended_loses_nothing_that_is_drawn(
    page: "Page", command: "subprocess.Popen[str]"
) -> None:
    draw(page, "#zone", SQUARE, "till")
    command.send_signal(signal.SIGINT)
    assert command.wait(LONG) == 0
    page.click("#save")
    page.wait_for_selector("#said:not([hidden])")
    assert page.inner_text("#said") == "The command has ended: run `occupancy camera view` again."
    assert names(page) == ["left", "right", "till"]
