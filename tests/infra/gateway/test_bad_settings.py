"""Settings with which the gateway's commands cannot start: each gives one sentence and exit code 1."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from tests.infra.gateway.box import Box
from tests.infra.gateway.shops import register

pytestmark = [pytest.mark.own_cloud, pytest.mark.system]

Changes = Callable[[Path], dict[str, Any]]


def no_directory(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "file").write_text("")
    return {"spool": {"directory": str(tmp_path / "file" / "spool")}}


@pytest.mark.parametrize(
    ("changes", "environ", "sentence"),
    [
        (
            no_directory,
            {},
            "/file/spool cannot be used: Not a directory; give another folder as spool.directory",
        ),
        (
            lambda _: {"spool": {"directory": "/proc/spool"}},
            {},
            "spool /proc/spool cannot be used: No such file",
        ),
        (lambda _: {"region": "nowhere at all"}, {}, "'nowhere at all' is not the name of a region: "),
        (
            lambda _: {},
            {"AWS_CA_BUNDLE": "/none.pem"},
            "AWS_CA_BUNDLE /none.pem cannot be used: No such file",
        ),
        (lambda _: {}, {"AWS_PROFILE": "none"}, "the AWS profile 'none' does not exist: see"),
        (
            lambda _: {},
            {"AWS_ENDPOINT_URL_S3": "nonsense"},
            "AWS_ENDPOINT_URL_S3 cannot be 'nonsense'",
        ),
    ],
)
def test_a_gateway_that_cannot_start_says_why_in_one_sentence(
    box: Box,
    tmp_path: Path,
    changes: Callable[[Path], dict[str, Any]],
    environ: dict[str, str],
    sentence: str,
) -> None:
    box.write({"door": "/none.mp4"}, **changes(tmp_path))

    refused = box.command("run", **environ)

    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert refused.stdout == ""


def test_a_second_gateway_on_its_port_or_spool_is_told(cloud: LocalCloud, box: Box, video: str) -> None:
    register(cloud, "first")
    box.write({"first": video})
    with box.running() as gateway:
        again = box.command("run")
        box.write({"first": video}, spool={"directory": str(box.directory / "other")})
        elsewhere = box.command("run")
        gateway.await_delivered("first")

    assert f"Error: spool {box.directory}/spool cannot be used: another gateway uses it; " in again.stderr
    assert f"Error: port {gateway.port} cannot be used (" in elsewhere.stderr
    assert "Traceback" not in elsewhere.stderr
    assert (again.returncode, elsewhere.returncode) == (1, 1)


HEAD = "store: shop\nregistry_table: t\nframe_bucket: b\n"
DOOR = f"{HEAD}cameras:\n  door:\n    url: "


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "is empty: `occupancy gateway init` creates one"),
        (b"- door\n", "contains no settings: `occupancy gateway init` creates one"),
        (
            f"{HEAD}cameras:\n\tdoor:\n".encode(),
            r"is not valid YAML: line 5, found character '\t'",
        ),
        (f"{DOOR}/caf\xe9.mp4".encode("latin-1"), "is not UTF-8: save it as UTF-8"),
        (f"{DOOR}/a\n  door: {{url: /b}}\n".encode(), "is not valid YAML: line 5, 'door' appears twice"),
        (f"{DOOR}/a\nport: -1\n".encode(), "field port: Input should be greater than or equal to 0"),
        (f"{DOOR}/a\nport: {'9' * 5000}\n".encode(), "a number or a date in it cannot be read"),
        (
            f"{DOOR}/a\nspool: {{max_gb: 1e300}}\n".encode(),
            "field spool.max_gb: Input should be less",
        ),
        (f"{DOOR}rtsp:///a".encode(), "camera 'door', field url: has no host: write rtsp://HOST/PATH"),
        (
            f"{DOOR}rtsp://vera-7:a/hemmelig-8@host/a".encode(),
            "camera 'door', field url: is not a valid address",
        ),
    ],
    ids=["empty", "list", "tab", "latin-1", "twice", "negative", "digits", "huge", "no host", "slash"],
)
def test_a_configuration_that_is_wrong_is_one_sentence(box: Box, text: bytes, sentence: str) -> None:
    box.config.write_bytes(text)
    refused = box.command("run")

    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Error: {box.config}")
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
