"""An RTSP camera out of Debian's packages, for Debian's own Python: it knows gi, and nothing of ours.

`rtsp_camera.py VIDEO CODEC [--auth digest|basic] [--drop N]` serves the file at
rtsp://127.0.0.1:PORT/door over TCP and UDP, and prints PORT. The file is played once, in real time, to each
client by itself or with `--shared` to all together; with `--drop N` every N-th RTP packet is lost, as over a
bad network. With `--auth` it wants $CAMERA_USER and $CAMERA_PASSWORD.
"""

import argparse
import os
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - their versions come first

PAYLOADERS = {"h264": "h264parse ! rtph264pay", "hevc": "h265parse ! rtph265pay"}


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("video")
    parser.add_argument("codec", choices=PAYLOADERS)
    parser.add_argument("--auth", choices=("digest", "basic"))
    parser.add_argument("--drop", type=int, default=0)
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--port", default="0")
    options = parser.parse_args()

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    factory = GstRtspServer.RTSPMediaFactory()
    payloader = f"{PAYLOADERS[options.codec]} name=pay0 pt=96 config-interval=-1"
    loss = f"! identity drop-probability={1 / options.drop}" if options.drop else ""
    if loss:
        payloader = payloader.replace(" name=pay0", "")
        pay = f"{payloader} {loss} ! identity name=pay0"
    else:
        pay = payloader
    factory.set_launch(f"( filesrc location={options.video} ! qtdemux ! queue ! {pay} )")
    factory.set_shared(options.shared)
    if options.auth:
        protect(server, factory, options.auth)
    server.get_mount_points().add_factory("/door", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


def protect(server: Any, factory: Any, way: str) -> None:
    """Only for one user."""
    user, password = os.environ["CAMERA_USER"], os.environ["CAMERA_PASSWORD"]
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if way == "digest":
        auth.set_supported_methods(2)  # GstRTSP.RTSPAuthMethod.DIGEST
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    roles = GstRtspServer.RTSPPermissions()
    roles.add_permission_for_role("viewer", "media.factory.access", True)
    roles.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(roles)


if __name__ == "__main__":
    main()
