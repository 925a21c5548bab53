import pytest

from ingest.gateway.config.redaction import redacted
from tests.credentials import OTHER_PASSWORD, TOKEN, USER


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("/video/a@b.mp4", "/video/a@b.mp4"),
        ("video.mp4", "video.mp4"),
        ("rtsp://host/stream", "rtsp://host/stream"),
        (f"rtsp://{USER}:{OTHER_PASSWORD}@host:554/a/b", "rtsp://host:554/a/b"),
        (f"rtsp://{USER}:@{OTHER_PASSWORD}@host", "rtsp://host"),
        (f"rtsp://host/stream?word={TOKEN}#{TOKEN}", "rtsp://host/stream"),
        (f"rtsp://host#{TOKEN}", "rtsp://host"),
        (f"rtsp://{USER}:{OTHER_PASSWORD}@[::1]:554/a", "rtsp://[::1]:554/a"),
        (f"rtsp://{USER}:1/{OTHER_PASSWORD}@host/a", "rtsp://***"),
        (f"rtsp://{USER}@shop:1/{OTHER_PASSWORD}@host/a", "rtsp://***"),
        (f"rtsp://{USER}:1?{OTHER_PASSWORD}@host/a", "rtsp://***"),
        (f"rtsp://{USER}:1#{OTHER_PASSWORD}@host/a", "rtsp://***"),
        (f"rtsp://host/a?user={USER}@b&word={TOKEN}", "rtsp://***"),
        (f"rtsp:/{USER}:{OTHER_PASSWORD}@host/a", "***"),
        (f"http://{USER}:[{OTHER_PASSWORD}@host/a", "http://host/a"),
    ],
)
def test_an_address_without_what_may_be_secret(url: str, shown: str) -> None:
    assert redacted(url) == shown
