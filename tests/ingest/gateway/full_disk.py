"""Runs a function where no file may grow, as on a full disk: in a process with that limit."""

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]


def on_full_disk(function: Callable[[Path], Any], directory: Path) -> Any:
    """What the module's function returns for the directory, through JSON."""
    command = [sys.executable, "-m", __name__, function.__module__, function.__name__, str(directory)]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    return json.loads(answer.stdout)


def main(module: str, name: str, directory: str) -> None:
    """Python ignores SIGXFSZ, so a write fails with EFBIG; pipes have no limit."""
    function = getattr(importlib.import_module(module), name)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    print(json.dumps(function(Path(directory))))


if __name__ == "__main__":
    main(*sys.argv[1:])
