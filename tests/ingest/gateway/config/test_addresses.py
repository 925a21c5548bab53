import pytest

from ingest.gateway.config.addresses import mistake
from tests.credentials import OTHER_PASSWORD, USER, leaked


@pytest.mark.parametrize(
    "url",
    [
        "/video.mp4", "video.mp4", "/dev/video0", "rtsp://10.0.0.2", "rtsps://door.shop:322/a",
        "http://[::1]:80/a", f"rtsp://{USER}:a%2Fb@10.0.0.2/user=a&channel=1", f"rtsp://{USER}:a@b@10.0.0.2/",
        "https://10.0.0.2/a?b=@", "/at 12:30.mp4",
    ],
)  # fmt: skip
def test_what_may_be_a_cameras_address(url: str) -> None:
    assert mistake(url) is None


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        (
            "rtp://host/a",
            "starts with the unknown rtp://: use rtsp://, rtsps://, http://, https:// or a",
        ),
        ("rtsp:/host/a", "has no // after its scheme: write rtsp://HOST/PATH"),
        ("rtsp://", "has no host: write rtsp://HOST/PATH"),
        ("rtsp:///a", "has no host: write rtsp://HOST/PATH"),
        (f"rtsp://{USER}:{OTHER_PASSWORD}@/a", "has no host: write rtsp://HOST/PATH"),
        ("rtsp://host:99999/a", "is not a valid address: "),
        ("rtsp://host:door/a", "is not a valid address: "),
        ("rtsp://[::1/a", "is not a valid address: "),
        (
            f"rtsp://{USER}:a/{OTHER_PASSWORD}@host/a",
            "that has more than letters and digits as ${NAME}",
        ),
        (f"rtsp://{USER}:a#{OTHER_PASSWORD}@host/a", "is not a valid address: "),
        (f"rtsp://{USER}:[{OTHER_PASSWORD}@host/a", "is not a valid address: "),
        (f"rtsp://{USER}:{OTHER_PASSWORD}@ho\N{ACCOUNT OF}st/a", "is not a valid address: "),
        ("10.0.0.3:554/stream", "does not start with rtsp://: write rtsp://HOST/PATH"),
        ("camera-7.shop:554", "does not start with rtsp://: write rtsp://HOST/PATH"),
        (
            "rtsp://$DOOR_USER:x@host/a",
            "has $NAME without braces, which is taken literally: write ${NAME}",
        ),
        (f"rtsp://{USER}:$DOOR_PASSWORD@host/a", "has $NAME without braces"),
        ("rtsp://{DOOR_USER}:x@host/a", "has {NAME} without $, which is taken literally: write ${NAME}"),
        (f"rtsp://{USER}:{{DOOR_PASSWORD}}@host/a", "has {NAME} without $"),
    ],
)
def test_what_is_wrong_is_said_without_the_password(url: str, sentence: str) -> None:
    found = mistake(url)

    assert found is not None
    assert sentence in found
    assert leaked(found) is None
