"""A push camera, live: HTTP, `occupancy gateway run`, S3, counter, rows; with an outage of S3."""

import threading
from base64 import b64encode
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

import pytest
from av.video.frame import VideoFrame

from infra.local.cloud import LocalCloud
from ingest.jpeg import JpegEncoder
from ingest.registry.camera import Camera, Source
from ingest.registry.sampling import Sampling
from tests.awaiting import await_that
from tests.chain import Chain, RandomKiller, every, picture
from tests.credentials import PASSWORD, USER
from tests.infra.gateway.box import LOGIN, Box
from tests.infra.gateway.outage import line_to

pytestmark = pytest.mark.own_cloud

EVERY = 2
"""Seconds: enough for each picture on a busy machine."""
OUTAGE = 4
"""How many instants the outage of S3 covers at least."""
PATIENCE = 60.0
MILLISECOND = timedelta(milliseconds=1)


class OldCamera(ThreadingHTTPServer):
    """Shows a different number of squares at each request, and remembers when it showed which number."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Snapshot)
        self.shown: list[tuple[datetime, int]] = []
        self.pictures = [
            JpegEncoder().encode(VideoFrame.from_ndarray(picture(people), format="bgr24"))
            for people in range(8)
        ]

    def count_at(self, time: datetime) -> int:
        """What it showed last at that time; a frame's time is in whole milliseconds."""
        return self.shown[bisect_right(self.shown, (time + MILLISECOND, 99)) - 1][1]


class Snapshot(BaseHTTPRequestHandler):
    """Answers with a picture if the password is right."""

    server: OldCamera

    def do_GET(self) -> None:
        word = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != word:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
            return
        people = len(self.server.shown) * 3 % 8
        self.server.shown.append((datetime.now(UTC), people))
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        self.wfile.write(self.server.pictures[people])

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def old_camera() -> Iterator[OldCamera]:
    with OldCamera() as camera:
        threading.Thread(target=camera.serve_forever, daemon=True).start()
        yield camera
        camera.shutdown()


def test_the_pictures_of_a_push_camera_are_counted_through_an_outage(cloud: LocalCloud, box: Box) -> None:
    since = datetime.now(UTC).replace(microsecond=0)
    cloud.registry.add(Camera("till", "shop", since, Source.PUSH, sampling=Sampling(sample_every=EVERY)))
    random = Random(1)
    chain = Chain(cloud, random, RandomKiller(random))

    with old_camera() as camera, line_to(cloud.environment["AWS_ENDPOINT_URL"]) as s3:
        box.write({"till": f"http://{LOGIN}:{camera.server_port}/snapshot.jpg"})
        with box.running(AWS_ENDPOINT_URL_S3=s3.url) as gateway:
            gateway.await_delivered("till", 2)
            s3.cut()
            cut = datetime.now(UTC)
            gateway.await_problem("till", "the frame bucket accepts no pictures: ")
            await_that(lambda: gateway.status("till")["spool_count"] >= OUTAGE, PATIENCE)
            mended = datetime.now(UTC)
            s3.mend()
            await_that(lambda: gateway.status("till")["spool_count"] <= 1, PATIENCE)
            gateway.await_delivered("till", 1)
            assert gateway.status("till")["problem"] is None
            assert gateway.status("till")["dropped"] == 0
        chain.deliver("CounterFunction")
        rows = sorted(
            cloud.occupancy.rows("till", since, datetime.now(UTC) + timedelta(seconds=EVERY)),
            key=lambda row: row.instant,
        )

    assert s3.refused > 0
    last = rows[-1].instant + timedelta(seconds=EVERY)
    assert [row.instant for row in rows] == every(EVERY, rows[0].instant, last)
    assert sum(cut < row.instant < mended for row in rows) >= OUTAGE - 1
    assert all(row.frame_time is not None and row.frame_time <= row.instant for row in rows)
    assert [row.count for row in rows] == [camera.count_at(row.frame_time or row.instant) for row in rows]
    assert len({row.count for row in rows}) > 3
