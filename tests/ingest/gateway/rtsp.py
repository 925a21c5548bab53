"""Starts RTSP cameras, where Debian's packages for them are installed."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.credentials import PASSWORD, USER

CAMERA = Path(__file__).with_name("rtsp_camera.py")
DEBIAN_PYTHON = "/usr/bin/python3"
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"

needs_rtsp_server = pytest.mark.skipif(
    not Path(DEBIAN_PYTHON).exists()
    or subprocess.run([DEBIAN_PYTHON, "-c", NEEDED], capture_output=True, check=False).returncode != 0,
    reason="gir1.2-gst-rtsp-server-1.0 and python3-gi are not installed",
)


@contextmanager
def camera(video: Path, codec: str, *options: str) -> Iterator[int]:
    """The port of a camera that plays the video once to each client."""
    command = [DEBIAN_PYTHON, str(CAMERA), str(video), codec, *options]
    environ = {**os.environ, "CAMERA_USER": USER, "CAMERA_PASSWORD": PASSWORD}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()
