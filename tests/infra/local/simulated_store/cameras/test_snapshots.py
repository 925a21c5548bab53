"""The snapshot camera: its pictures and their truth."""

import http.client
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest

from infra.local.simulated_store.cameras.simulated import SimulatedCamera
from infra.local.simulated_store.cameras.snapshots import SnapshotCamera, SnapshotServer
from infra.local.simulated_store.scene.plan import Plan

START = 1_795_437_840.0


def test_each_second_shows_what_a_simulated_camera_shows_at_its_beginning() -> None:
    camera, simulated = SnapshotCamera("stockroom"), SimulatedCamera("stockroom")
    for time in (START, START + 0.5, START + 0.99):
        picture = cv2.imdecode(np.frombuffer(camera.picture(time), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        difference = np.abs(picture.astype(int) - simulated.frame(START).astype(int))
        assert difference.mean() < 3  # a JPEG


def test_its_truth_is_that_of_the_picture_it_gave_last() -> None:
    camera, plan = SnapshotCamera("stockroom"), Plan("stockroom", 0)
    moves = next(
        second
        for second in range(int(START), int(START) + 60)
        if plan.truth(second) != plan.truth(second + 1)
    )
    assert camera.truth(moves + 1.1) == plan.truth(moves + 1)
    camera.picture(moves + 0.9)
    assert camera.truth(moves + 1.1) == plan.truth(moves)
    camera.picture(moves + 1.05)
    assert camera.truth(moves + 1.1) == plan.truth(moves + 1)
    assert camera.truth(moves + 0.95) == plan.truth(moves)


@pytest.mark.parametrize(("path", "status"), [("/snapshot.jpg", 200), ("/video", 404)])
def test_it_answers_over_http(path: str, status: int) -> None:
    camera = SnapshotCamera("stockroom")
    with SnapshotServer(camera, clock=lambda: START) as server:
        assert server.url.endswith("/snapshot.jpg")
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    assert answer.status == status
    if status == 200:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert body == SnapshotCamera("stockroom").picture(START)
