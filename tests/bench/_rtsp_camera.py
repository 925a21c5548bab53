"""`python -m tests.bench._rtsp_camera VIDEO`: the file as an RTSP camera, looped; prints its address."""

import sys
from threading import Event

from infra.local.simulated_store.cameras.video import VideoSource
from infra.local.simulated_store.rtsp.server import RtspServer

if __name__ == "__main__":
    with RtspServer([VideoSource("door", sys.argv[1])]) as server:
        print(server.url("door"), flush=True)
        Event().wait()
