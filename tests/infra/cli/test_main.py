import subprocess
import sys

import pytest
from click.testing import CliRunner

from infra.cli.main import COMMANDS, LazyCommand, occupancy
from tests.infra.cli.conftest import Run


def test_help_lists_every_command(run: Run) -> None:
    text = run("--help").stdout
    assert all(f"  {name} " in text for name in COMMANDS)


def imported(code: str, *modules: str) -> str:
    """Which of the modules a fresh interpreter has loaded after `code`."""
    code = f"import sys; {code}; print(*sorted({set(modules)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_help_imports_no_command() -> None:
    code = "from infra.cli.main import occupancy; occupancy(['--help'], standalone_mode=False)"
    assert imported(code, "boto3", "rich", "av", "cv2", "aiohttp", "moto") == ""


def test_the_registry_needs_no_video_decoder() -> None:
    code = "import infra.cli.camera.command"
    assert imported(code, "boto3", "av", "cv2", "numpy", "aiohttp", "moto") == "boto3"


def test_the_version_is_that_of_the_distribution(run: Run) -> None:
    assert run("--version").stdout == "occupancy, version 0.1.0\n"


def test_an_unknown_command_is_named(run: Run) -> None:
    result = run("camra")
    assert result.exit_code == 2
    assert "No such command 'camra'" in result.stderr


def test_a_missing_library_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "demo", LazyCommand("no_such_library:demo", "", "local"))
    result = CliRunner().invoke(occupancy, ["demo"])
    assert result.stderr == (
        "Error: `occupancy demo` needs the module no_such_library, which is not installed:"
        " pip install 'store-occupancy[local]'\n"
    )
    assert result.exit_code == 1
