from datetime import UTC, datetime

import pytest

from ingest.gateway.config.registry_check import mismatch, missing_frames, shared_addresses
from ingest.gateway.config.secrets import Secrets
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import camera, parse
from ingest.registry.camera import Camera, InvalidCamera, Mode, Source

SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Camera("door", "shop", SINCE), None),
        (
            None,
            "camera 'door' is not in the registry: run `occupancy camera add door`, or remove it from",
        ),
        (InvalidCamera("door", ["no zone is like this"]), "camera 'door': no zone is like this"),
        (
            Camera("door", "other", SINCE),
            "camera 'door' belongs to store 'other' in the registry, but this gateway serves 'shop': ",
        ),
        (
            Camera("door", "shop", SINCE, Source.PUSH),
            "camera 'door' has source 'push' in the registry, but rtsp://host/ needs source 'kvs': correct",
        ),
    ],
)
def test_what_the_registry_has_otherwise_is_named(
    found: Camera | InvalidCamera | None, sentence: str | None
) -> None:
    settings = {"store": "shop", "registry_table": "t", "frame_bucket": "b"}
    source = camera(
        parse({**settings, "cameras": {"door": {"url": "rtsp://u:p@host/"}}}, "g.yaml"), "door", Secrets({})
    )

    assert (mismatch(found, source, "shop") or "None").startswith(sentence or "None")


@pytest.mark.parametrize(
    ("mode", "send", "said"),
    [
        (Mode.IMAGES, Send.KEYFRAMES, True),
        (Mode.IMAGES, Send.ALL, False),
        (Mode.AUTO, Send.KEYFRAMES, False),
    ],
)
def test_keyframes_are_too_little_for_images(mode: Mode, send: Send, said: bool) -> None:
    sentence = missing_frames(Camera("door", "shop", SINCE, mode=mode), send)

    assert ("set `send: all`" in str(sentence)) is said


def test_two_cameras_with_one_address_are_named() -> None:
    rtsp = {"door": "rtsp://host/1", "till": "rtsp://host/2", "copy": "rtsp://host/1"}
    urls = {**rtsp, "one": "/v.mp4", "two": "/v.mp4"}
    cameras = {name: {"url": url} for name, url in urls.items()}
    settings = parse(
        {"store": "shop", "registry_table": "t", "frame_bucket": "b", "cameras": cameras}, "gateway.yaml"
    )

    assert shared_addresses([camera(settings, name, Secrets({})) for name in urls]) == {
        "copy": "it has the same address as camera 'door': its people count twice"
    }
