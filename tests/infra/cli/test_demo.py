"""The options of `occupancy demo`; the chain itself is tested in tests/infra/local/demo/test_run.py."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from infra.cli import demo as command
from infra.cli.demo import cameras
from infra.cli.main import occupancy
from infra.local.demo.score import Score
from infra.local.demo.settings import Settings
from infra.local.demo.snapshot import Snapshot, Waiting
from infra.local.simulated_store.cameras.video import VideoSource

DOOR = VideoSource("door", "door.mp4")


@pytest.mark.parametrize(
    ("number", "videos", "names"),
    [
        (2, (), ["entrance", "aisle"]),
        (2, (DOOR,), ["door", "entrance"]),
        (1, (DOOR,), ["door"]),
        (1, (DOOR, VideoSource("till", "0")), ["door", "till"]),
        (3, (VideoSource("entrance", "0"),), ["entrance", "aisle", "till"]),
        (6, (), ["entrance", "aisle", "till", "window", "camera-5", "camera-6"]),
    ],
)
def test_real_video_takes_the_place_of_simulated_cameras(
    number: int, videos: tuple[VideoSource, ...], names: list[str]
) -> None:
    assert [camera.name for camera in cameras(number, videos, seed=0)] == names


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(click.UsageError, match="uses a name twice"):
        cameras(2, (DOOR, DOOR), seed=0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--camera", "door"], "'door' is not of the form NAME=<file|url|device>"),
        (["--camera", "Door=a.mp4"], "'Door=a.mp4' is not of the form"),
        (["--for", "0"], "0.0 is not in the range"),
        (["--sample-every", "841"], "841 is not in the range"),
        (["--detector", "nowhere.onnx"], "'nowhere.onnx' is not a file: give the path of a YOLOX ONNX file"),
        (["--detector", ""], "'' is not a file: give the path of a YOLOX ONNX file"),
        (["--camera", "deeplens=a.mp4"], "--camera 'deeplens': the demo already has a camera of that name"),
        (
            ["--camera", "stockroom=a.mp4", "--gateway"],
            "--camera 'stockroom': the demo already has a camera of that",
        ),
        (["--fault", "other"], "'other' is not 'delete-before-write'"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(occupancy, ["demo", *arguments])
    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output


def test_the_fault_is_not_in_the_help() -> None:
    result = CliRunner().invoke(occupancy, ["demo", "--help"])
    assert "--fault" not in result.output
    assert "--for" in result.output


@pytest.mark.parametrize(
    ("arguments", "modes"),
    [
        (["--cameras", "1"], {"entrance": "auto", "deeplens": "push"}),
        (["--cameras", "1", "--gateway", "--camera", "door=door.mp4"],
         {"door": "rtsp, fragments", "stockroom": "http, push", "deeplens": "push"}),
        (["--cameras", "1", "--units", "0", "--camera", "stockroom=a.mp4"], {"stockroom": "fragments"}),
    ],
)  # fmt: skip
def test_the_mode_of_each_camera(
    arguments: list[str], modes: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []

    def run(settings: Settings, show: object) -> Snapshot:
        seen.append(settings)
        return Snapshot("done")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", run)
    assert CliRunner().invoke(occupancy, ["demo", *arguments]).exit_code == 0
    (settings,) = seen
    assert {camera.name: settings.shown_mode(camera.name) for camera in settings.shown} == modes


@pytest.mark.parametrize(("broken", "code"), [((), 0), (("nothing was counted",), 1)])
def test_the_exit_code_is_the_verdict(
    broken: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(settings: Settings, show: object) -> Snapshot:
        assert settings.seconds == 5
        return Snapshot("done", (), (), Waiting(), broken=broken, page="<p>12 people</p>")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", run)
    result = CliRunner().invoke(occupancy, ["demo", "--for", "5"])
    assert result.exit_code == code
    assert all(sentence in result.output for sentence in broken)
    assert result.output.splitlines()[-1] == "Report of what was counted: open .local/report.html"
    assert Path(".local/report.html").read_text() == "<p>12 people</p>"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [(0, "Stopped before anything was counted."), (3, "Stopped before the verdict.")],
)
def test_ctrl_c_without_a_verdict_is_one_sentence(
    rows: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_: Settings, show: Callable[[Snapshot], None]) -> Snapshot:
        score = Score("door", 1, 1, counted=rows, compared=0, equal=0, gaps={}, roll_ups=0)
        show(Snapshot("counting", (score,)))
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", run)
    result = CliRunner().invoke(occupancy, ["demo"])
    assert result.exit_code == 130
    assert result.output.splitlines()[-1] == sentence
    assert "Aborted" not in result.output


def test_a_file_called_local_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".local").touch()
    result = CliRunner().invoke(occupancy, ["demo"])
    assert result.exit_code == 1
    assert "(Not a directory): run this in a directory that you may write to" in result.output
