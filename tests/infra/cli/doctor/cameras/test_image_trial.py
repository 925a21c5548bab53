"""`occupancy doctor --measure-images` on streams of the local KVS with dense and with sparse keyframes."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from av.video.frame import VideoFrame
from click.testing import CliRunner

from infra.cli.aws.deployment import Clock
from infra.cli.doctor.cameras.image_trial import INSTANTS, newest_instants
from infra.cli.main import occupancy
from infra.local.simulated_store.cameras.encoder import H264Encoder
from infra.local.simulated_store.cameras.media import EncodedFrame, Feed
from infra.local.simulated_store.publisher import Destination
from infra.local.simulated_store.recorded import publish
from ingest.registry.camera import Camera, Mode, Source
from ingest.registry.sampling import Sampling
from ingest.times import floor_to, to_millis
from tests.chain import every, picture
from tests.infra.cli.doctor.conftest import Doctor, Report, World

EVERY = timedelta(seconds=5)
VIDEO = timedelta(seconds=180)

Publish = Callable[[World, str, datetime, datetime], None]


def keyframes_every(seconds: float, offset: float) -> Publish:
    """Video of keyframes only, each in its own fragment, `offset` seconds after a multiple of EVERY."""

    def send(world: World, name: str, start: datetime, end: datetime) -> None:
        world.chain.publish(name, every(seconds, start + timedelta(seconds=offset), end))

    return send


def all_frames(world: World, name: str, start: datetime, end: datetime) -> None:
    """Two frames a second, each different from the next three; a keyframe every 2 s, at the odd seconds."""
    encoder = H264Encoder(200, 120)

    def frames() -> Iterator[EncodedFrame]:
        for number, time in enumerate(every(0.5, start + timedelta(seconds=1), end)):
            image = VideoFrame.from_ndarray(picture(number % 4 * 2), format="bgr24")
            yield encoder.encode(image, to_millis(time), keyframe=number % 4 == 0)

    credentials = world.session.get_credentials()
    assert credentials
    target = Destination(world.client("kinesisvideo"), credentials.get_frozen_credentials()).target(name)
    publish(target, Feed(encoder.track, frames()))


def measure(world: World, doctor: Doctor, mode: Mode, send: Publish) -> Report:
    end = world.now() - timedelta(seconds=2)
    start = floor_to(end - VIDEO, 2 * EVERY)
    world.add("measured", since=start, mode=mode, sampling=Sampling(5))
    try:
        send(world, "measured", start, end)
        # Settled by now: a minute after it arrived, no other fragment serves its instants.
        world.off = timedelta(seconds=61)
        return doctor("--camera", "measured", "--measure-images", "--no-frame")
    finally:
        world.off = timedelta()
        world.remove("measured")


def what(report: Report) -> str:
    return "\n".join(f"{finding.level}: {finding.what}" for finding in report.findings)


def test_sparse_keyframes_are_no_media(world: World, doctor: Doctor) -> None:
    report = measure(world, doctor, Mode.AUTO, keyframes_every(5, offset=3))

    assert (
        f"warning: GetImages gave a picture for 0 of {INSTANTS} instants: 100% NO_MEDIA; in mode auto"
        " fragments are read for them as well"
    ) in what(report)


def test_keyframes_at_the_instants_are_shown(world: World, doctor: Doctor) -> None:
    report = measure(world, doctor, Mode.IMAGES, keyframes_every(5, offset=0))

    assert f"ok: GetImages gave a picture for {INSTANTS} of {INSTANTS} instants" in what(report)
    assert (
        f"{INSTANTS} of {INSTANTS} pictures show the keyframe that mode fragments takes; the time that"
        " GetImages names is 0.0 s after the keyframe's (median; 0.0 to 0.0 s)"
    ) in what(report)


def test_dense_video_gives_other_frames_than_the_keyframes(world: World, doctor: Doctor) -> None:
    report = measure(world, doctor, Mode.FRAGMENTS, all_frames)

    # Of the instants at 0, 5, 10 ... every second one is at an even second, a second after its keyframe.
    assert (
        f"{INSTANTS // 2} of {INSTANTS} pictures show the keyframe that mode fragments takes, the others"
        " another frame; the time that GetImages names is 0.5 s after the keyframe's (median; 0.0 to 1.0 s)"
    ) in what(report)


def test_the_cost_is_said_first_and_a_camera_must_be_chosen(world: World) -> None:
    clock = Clock(world.now)
    result = CliRunner().invoke(occupancy, ["doctor", "--measure-images"], obj=clock)
    assert result.exit_code == 2
    assert "--measure-images needs --camera: GetImages charges for each picture" in result.stderr

    arguments = ["doctor", "--measure-images", "--no-frame", "--camera", "door"]
    result = CliRunner().invoke(occupancy, arguments, obj=clock)
    assert (
        "the last 20 instants of 1 camera: at most 40 pictures, USD 0.0004 at the price of" in result.stderr
    )
    assert "GetImages gave a picture for " in result.stdout


def test_a_push_camera_is_left_out_and_costs_nothing(world: World) -> None:
    push = Camera("unit", "berlin-1", world.now(), Source.PUSH, sampling=Sampling(300))
    world.cloud.registry.add(push)
    chosen = ["--measure-images", "--no-frame", "--camera", "unit"]
    alone, both = (
        CliRunner().invoke(occupancy, ["doctor", *chosen, *more], obj=Clock(world.now))
        for more in ([], ["--camera", "door"])
    )
    world.cloud.registry.remove("unit")

    for result in (alone, both):
        said = " ".join(result.stdout.split())
        assert "it is a push camera without a stream, so GetImages is not measured for it" in said
    assert "Measuring GetImages" not in alone.stderr
    assert "instants of 1 camera: at most 40 pictures" in both.stderr


def test_the_newest_instants_whose_video_is_stored() -> None:
    now = datetime.fromisoformat("2026-11-22T14:00:00+00:00")
    camera = Camera("door", "berlin-1", now - timedelta(days=9), sampling=Sampling(60))

    instants = newest_instants(camera, now, timedelta(hours=24))
    assert (len(instants), instants[-1]) == (INSTANTS, now - timedelta(minutes=2))
    assert len(newest_instants(camera, now, timedelta(minutes=5))) == 4


def test_a_stream_without_retention_is_not_measured(world: World, doctor: Doctor) -> None:
    world.add("live-only", hours=0, mode=Mode.AUTO)
    report = doctor("--camera", "live-only", "--measure-images", "--no-frame")
    world.remove("live-only")

    assert "note: its stream keeps no video, so GetImages has no pictures of it" in what(report)
