from pathlib import Path
from textwrap import dedent
from urllib.parse import quote

import pytest

from ingest.gateway.config.camera_tls import Tls
from ingest.gateway.config.secrets import MissingSecret, Secrets, named_secrets
from ingest.gateway.config.sending import Send
from ingest.gateway.config.settings import WrongConfig, camera, load, parse
from ingest.registry.camera import Source
from tests.credentials import OTHER_PASSWORD, PASSWORD, TOKEN, USER, leaked
from tests.ingest.gateway.tls_server import certificate

LEAST = {
    "store": "shop",
    "registry_table": "cameras",
    "frame_bucket": "frames",
    "cameras": {"door": {"url": "rtsp://10.0.0.2/stream"}},
}


def test_the_least_that_is_needed() -> None:
    settings = parse(LEAST, "gateway.yaml")

    assert settings.send is Send.KEYFRAMES
    assert settings.only_open
    assert (settings.spool.max_gb, settings.spool.max_age_hours) == (10, 24)
    assert settings.cameras["door"].transport == "tcp"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"store": None}, "g.yaml: field store: Input should be a valid string"),
        ({"stor": "shop"}, "g.yaml: field stor: is unknown: is it a typo?"),
        ({"cameras": {}}, "g.yaml: field cameras: Dictionary should have at least 1 item"),
        ({"cameras": {"door": {}}}, "g.yaml: camera 'door', field url: is missing"),
        ({"cameras": {"door": {"ulr": "x"}}}, "camera 'door', field ulr: is unknown: is it a typo?"),
        (
            {"cameras": {"Door": {"url": "x"}}},
            "g.yaml: camera 'Door': a camera's name has 1 to 63 characters",
        ),
        (
            {"cameras": {"door": {"url": "ftp://x/"}}},
            "camera 'door', field url: starts with the unknown ftp://: use rtsp",
        ),
        (
            {"cameras": {"door": {"url": "x", "send": "some"}}},
            "camera 'door', field send: Input should be 'keyframes' or 'all'",
        ),
        (
            {"cameras": {"door": {"url": "x", "transport": "quic"}}},
            "camera 'door', field transport: Input should be 'tcp' or 'udp'",
        ),
        (
            {"cameras": {"door": {"url": "http://x/", "tls_verify": False}}},
            "g.yaml: camera 'door': tls_verify needs a url with TLS: use rtsps:// or https://, or remove",
        ),
        (
            {"cameras": {"door": {"url": "/dev/video0", "tls_verify": True, "ca_file": "no.pem"}}},
            "g.yaml: camera 'door', field ca_file: no.pem cannot be read: No such file or directory",
        ),
        (
            {"cameras": {"door": {"url": "rtsps://x/", "ca_file": "pyproject.toml"}}},
            "g.yaml: camera 'door', field ca_file: pyproject.toml contains no certificates: give a PEM file",
        ),
        (
            {"cameras": {"door": {"url": "rtsps://x/", "transport": "udp"}}},
            "g.yaml: camera 'door': with transport udp the video of rtsps:// is not encrypted: use transport",
        ),
        ({"spool": {"max_gb": -1}}, "field spool.max_gb: Input should be greater than 0"),
    ],
)
def test_a_mistake_names_the_camera_and_the_field(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(WrongConfig) as wrong:
        parse({**LEAST, **changes}, "g.yaml")

    assert sentence in str(wrong.value)


@pytest.mark.parametrize(
    ("store", "camera_id", "sentence"),
    [
        ("2026", "door", "field store: YAML does not read it as text: put it in quotes"),
        ("off", "door", "field store: YAML does not read it as text: put it in quotes"),
        ("shop", "12", "field cameras: YAML does not read the name 12 as text: put it in quotes"),
        ("shop", "on", "field cameras: YAML does not read the name True as text: put it in quotes"),
        (
            "shop",
            "2026-01-01",
            "field cameras: YAML does not read the name 2026-01-01 as text: put it in quotes",
        ),
    ],
)
def test_a_name_that_yaml_reads_otherwise_is_to_be_quoted(
    tmp_path: Path, store: str, camera_id: str, sentence: str
) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(
        f"store: {store}\nregistry_table: t\nframe_bucket: b\ncameras:\n  {camera_id}: {{url: x}}\n"
    )
    with pytest.raises(WrongConfig) as wrong:
        load(path)
    assert str(wrong.value) == f"{path}: {sentence}"


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(WrongConfig) as wrong:
        parse({"cameras": {"door": {}, "till": {"url": "x", "sned": "all"}}}, "g.yaml")

    assert len(str(wrong.value).splitlines()) == 5


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty: `occupancy gateway init` creates one"),
        ("- a\n- b", "contains no settings: `occupancy gateway init` creates one"),
        ("cameras: [", "is not valid YAML: line 1"),
        (f"a: 1\n b: rtsp://{USER}:{OTHER_PASSWORD}@host", "is not valid YAML: line 2"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "gateway.yaml"
    path.write_text(text)

    with pytest.raises(WrongConfig) as wrong:
        load(path)
    assert sentence in str(wrong.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WrongConfig, match="cannot be read: No such file or directory; `occupancy gateway"):
        load(tmp_path / "gateway.yaml")


def test_a_mistake_does_not_show_what_was_given() -> None:
    with pytest.raises(WrongConfig, match=r"field url: Input should be a valid string$"):
        parse({**LEAST, "cameras": {"door": {"url": [f"rtsp://{USER}:{OTHER_PASSWORD}@host"]}}}, "g.yaml")


def test_secrets_are_filled_in_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "word.secret").write_text(f"{TOKEN}\n")
    text = f"""
        store: shop
        registry_table: cameras
        frame_bucket: frames
        cameras:
          door: {{url: "rtsp://${{DOOR_USER}}:${{DOOR_WORD}}@host/stream?token=${{DOOR_TOKEN}}"}}
          till: {{url: "rtsp://host/user=admin&password=${{file:{tmp_path}/word.secret}}_stream"}}
          cellar: {{url: "http://${{secretsmanager:shop/cellar}}@host/snapshot.jpg", send: all}}
    """
    path = tmp_path / "gateway.yaml"
    path.write_text(dedent(text))
    settings = load(path)
    environ = {"DOOR_USER": USER, "DOOR_WORD": PASSWORD, "DOOR_TOKEN": TOKEN}
    secrets = Secrets(environ, {"shop/cellar": f"{USER}:{OTHER_PASSWORD}"}.__getitem__)

    cameras = [camera(settings, camera_id, secrets) for camera_id in settings.cameras]

    assert [camera.address.url for camera in cameras] == [
        f"rtsp://{USER}:{quote(PASSWORD, safe=':')}@host/stream?token={TOKEN}",
        f"rtsp://host/user=admin&password={TOKEN}_stream",
        f"http://{USER}:{OTHER_PASSWORD}@host/snapshot.jpg",
    ]
    assert [camera.address.shown for camera in cameras] == [
        "rtsp://host/stream",
        "rtsp://host/user=admin&password=***_stream",
        "http://host/snapshot.jpg",
    ]
    assert [camera.sources for camera in cameras] == [(Source.KVS,), (Source.KVS,), (Source.PUSH,)]
    assert leaked(repr(cameras) + repr(secrets)) is None
    assert named_secrets(settings.cameras["cellar"].url) == ["shop/cellar"]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("rtsp://${NO}@host", "environment variable 'NO' is not set"),
        ("rtsp://${file:/no/such}@host", "secret file '/no/such' cannot be read: No such file"),
        (
            "rtsp://${secretsmanager:x}@host",
            "secret 'x' of Secrets Manager cannot be read here",
        ),
    ],
)
def test_a_missing_secret_is_named(url: str, sentence: str) -> None:
    settings = parse({**LEAST, "cameras": {"door": {"url": url}}}, "g.yaml")

    with pytest.raises(MissingSecret) as missing:
        camera(settings, "door", Secrets({}))
    assert sentence in str(missing.value)


def test_what_is_said_of_tls_goes_with_the_camera(tmp_path: Path) -> None:
    authority, _ = certificate(tmp_path)
    cameras = {
        "door": {"url": "rtsps://host/"},
        "till": {"url": "https://host/", "tls_verify": False},
        "cellar": {"url": "https://host/", "ca_file": str(authority)},
    }
    settings = parse({**LEAST, "cameras": cameras}, "g.yaml")

    found = [camera(settings, camera_id, Secrets({})).address.tls for camera_id in cameras]

    assert found == [Tls(), Tls(verify=False), Tls(ca_file=authority)]


def test_a_certificate_cannot_be_both_looked_at_and_not(tmp_path: Path) -> None:
    authority, _ = certificate(tmp_path)
    door = {"url": "https://host/", "tls_verify": False, "ca_file": str(authority)}

    with pytest.raises(WrongConfig, match="camera 'door': ca_file has no effect while tls_verify is false"):
        parse({**LEAST, "cameras": {"door": door}}, "g.yaml")


def test_an_address_that_is_secret_is_checked_when_it_is_known() -> None:
    settings = parse({**LEAST, "cameras": {"door": {"url": "${URL}", "tls_verify": False}}}, "g.yaml")

    assert not camera(settings, "door", Secrets({"URL": "rtsps://u:p@host/"})).address.tls.verify
    with pytest.raises(WrongConfig, match=r"^camera 'door': tls_verify needs a url with TLS"):
        camera(settings, "door", Secrets({"URL": "rtsp://u:p@host/"}))


@pytest.mark.parametrize("url", ["/dev/video0", "/dev/v4l/by-id/usb-Webcam-video-index0"])
def test_a_device_is_of_the_source_that_the_registry_says(url: str) -> None:
    settings = parse({**LEAST, "cameras": {"door": {"url": url}}}, "g.yaml")

    assert camera(settings, "door", Secrets({})).sources == (Source.KVS, Source.PUSH)
