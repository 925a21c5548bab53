"""Runs the command in its own process, with a moto server."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from infra.cli.aws.stack import find_stack_resources
from ingest.registry.camera import Camera
from ingest.registry.table import CameraRegistry

LONG = 60.0  # s


def put(camera: Camera, endpoint: str | None = None) -> CameraRegistry:
    """Put a camera into the registry of the stack."""
    table = find_stack_resources(
        boto3.client("cloudformation", endpoint_url=endpoint), "store-occupancy"
    ).camera_table
    registry = CameraRegistry(boto3.client("dynamodb", endpoint_url=endpoint), table)
    registry.add(camera)
    return registry


@contextmanager
def viewing(aws: str, picture: Path, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """`occupancy camera view entrance --from-file PICTURE`, killed at the end if it still runs."""
    arguments = ("camera", "view", "entrance", "--from-file", str(picture), "--no-browser")
    command = [sys.executable, "-c", "from infra.cli.main import main; main()", *arguments]
    variables = {**os.environ, "AWS_ENDPOINT_URL": aws, "COLUMNS": "100", **environment}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=variables, cwd=variables.get("HOME")
    ) as process:
        yield process
        process.kill()


def address(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """The page's origin and token, as the command prints them."""
    assert process.stdout is not None
    assert process.stdout.readline() == "Camera entrance, shop.jpg:\n"
    printed = re.fullmatch(r"  (http://127\.0\.0\.1:\d+)/#([\w-]{43})\n", process.stdout.readline())
    assert printed
    return printed[1], printed[2]


def call(method: str, origin: str, path: str, token: str = "") -> bytes:
    with closing(http.client.HTTPConnection(urlsplit(origin).netloc)) as connection:
        connection.request(method, path, headers={"Authorization": f"Bearer {token}", "Origin": origin})
        return connection.getresponse().read()
