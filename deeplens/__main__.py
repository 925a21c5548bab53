"""`python3 -m deeplens`: the service of one unit, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys

from deeplens.camera.device import choose
from deeplens.common.errors import UnitError
from deeplens.common.failures import silence_botocore
from deeplens.common.settings import load
from deeplens.service import Service

WRONG_SETTINGS = 78
"""EX_CONFIG of sysexits.h: a restart would change nothing, so systemd does not restart the service."""


def main() -> int:
    """Run the service; return the exit code."""
    arguments = _parser().parse_args()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    silence_botocore()
    try:
        settings = load(os.environ, arguments.settings or os.environ.get("OCCUPANCY_SETTINGS"))
        if arguments.check:
            camera = choose(settings.device)
            print(f"camera {settings.camera_id}: settings are correct, pictures come from {camera.name}")
            return 0
        service = Service(settings)
    except UnitError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stopping.set())
    service.run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deeplens", description=__doc__)
    parser.add_argument("--settings", metavar="FILE", help="a JSON file; environment variables win over it")
    parser.add_argument("--check", action="store_true", help="check the settings, and end")
    return parser


if __name__ == "__main__":
    sys.exit(main())
