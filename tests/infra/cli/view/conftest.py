"""A picture, and a moto server that another process can reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.infra.cli.stack_stub import deploy
from tests.infra.cli.view.running import call, put
from tests.infra.cli.view.served import LEFT, RIGHT, entrance, frame


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "shop.jpg"
    path.write_bytes(frame().data)
    return path


@pytest.fixture
def aws() -> Iterator[str]:
    """A moto server with a stack and a camera, for another process."""
    moto = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        call("POST", endpoint, "/moto-api/reset")  # all moto servers of a process share one state
        deploy()
    put(entrance(zones={"left": LEFT, "right": RIGHT}), endpoint)
    yield endpoint
    moto.stop()
