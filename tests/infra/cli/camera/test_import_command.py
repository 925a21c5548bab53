from pathlib import Path
from typing import Any

import boto3
import pytest

from ingest.registry.camera import Camera, Change, Source
from ingest.registry.opening_hours import parse
from ingest.registry.registered import RegisteredCamera
from ingest.registry.registry_errors import CameraExists
from ingest.registry.sampling import Sampling
from ingest.registry.table import CameraRegistry
from ingest.times import from_text
from tests.infra.cli.camera.registered import break_item, mark, stream
from tests.infra.cli.conftest import NOW, Run, refused

QUARTER = from_text("2026-11-22T13:15Z")
SHOP = """\
camera_id,store_id,area,source,stream_name,sample_every,time_zone,opening_hours,zones
entrance,berlin-1,front,,,60,Europe/Berlin,mon-sat 08:00-22:00,
aisle-3,berlin-1,front,kvs,hall,60,Europe/Berlin,mon-sat 08:00-22:00,"till=0,0,1,0,1,1"
back-door,paris-2,,push,,30,Europe/Paris,always,
"""


def entrance(**changes: Any) -> Camera:
    return Camera(**{"camera_id": "entrance", "store_id": "berlin-1", "since": NOW, **changes})


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "cameras.csv"
    path.write_text(SHOP, encoding="utf-8")
    return path


def cameras(registry: CameraRegistry) -> dict[str, Camera]:
    found = (item for item in registry.scan() if isinstance(item, RegisteredCamera))
    return {item.camera.camera_id: item.camera for item in found}


def streams() -> list[str]:
    return sorted(
        info["StreamName"] for info in boto3.client("kinesisvideo").list_streams()["StreamInfoList"]
    )


def test_a_dry_run_shows_the_difference_and_writes_nothing(
    run: Run, registry: CameraRegistry, shop: Path
) -> None:
    stream("entrance")
    registry.add(entrance())
    result = run("camera", "import", str(shop), "--create-streams")
    assert [line.rstrip() for line in result.stdout.splitlines()] == [
        "camera             setting        before    after",
        "───────────────────────────────────────────────────────────────────",
        "entrance   change  area           entrance  front",
        "                   sample_every   300       60",
        "                   time_zone      UTC       Europe/Berlin",
        "                   opening_hours  always    mon-sat 08:00-22:00",
        "",
        "aisle-3    add     store_id       -         berlin-1",
        "                   area           -         front",
        "                   source         -         kvs",
        "                   stream_name    -         hall",
        "                   sample_every   -         60",
        "                   time_zone      -         Europe/Berlin",
        "                   opening_hours  -         mon-sat 08:00-22:00",
        "                   zones          -         till=0,0,1,0,1,1",
        "                   since          -         2026-11-22 14:05:10 CET",
        "",
        "back-door  add     store_id       -         paris-2",
        "                   source         -         push",
        "                   sample_every   -         30",
        "                   time_zone      -         Europe/Paris",
        "                   since          -         2026-11-22 14:05:10 CET",
        "Changes of interval, hours, time zone and enabled take effect at 2026-11-22 14:15 CET.",
        "2 to add, 1 to change, 0 unchanged.",
        "Streams to create, each with 24 h retention: hall.",
        "Nothing has been written: add --apply to write it.",
    ]
    assert cameras(registry) == {"entrance": entrance()}
    assert streams() == ["entrance"]


def test_applied_it_is_written_and_then_the_same(run: Run, registry: CameraRegistry, shop: Path) -> None:
    stream("entrance")
    registry.add(entrance())
    result = run("camera", "import", str(shop), "--create-streams", "--apply")
    assert result.stdout.endswith("\nWritten.\n")
    timing = Sampling(60, "Europe/Berlin", parse("mon-sat 08:00-22:00"))
    assert cameras(registry) == {
        "entrance": entrance(area="front", sampling=timing, previous=(Change(QUARTER, Sampling()),)),
        "aisle-3": entrance(
            camera_id="aisle-3",
            area="front",
            stream_name="hall",
            sampling=timing,
            zones={"till": ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))},
        ),
        "back-door": entrance(
            camera_id="back-door",
            store_id="paris-2",
            source=Source.PUSH,
            sampling=Sampling(30, "Europe/Paris"),
        ),
    }
    assert streams() == ["entrance", "hall"]
    assert (
        run("camera", "import", str(shop), "--apply").stdout
        == "0 to add, 0 to change, 3 unchanged.\nWritten.\n"
    )
    assert run("camera", "import", str(shop)).stdout == "0 to add, 0 to change, 3 unchanged.\n"


def test_the_list_reads_back_as_the_same(
    run: Run, registry: CameraRegistry, shop: Path, tmp_path: Path
) -> None:
    run("camera", "import", str(shop), "--create-streams", "--apply")
    copy = tmp_path / "copy.csv"
    copy.write_text(run("camera", "list", "--csv").stdout, encoding="utf-8")
    assert run("camera", "import", str(copy)).stdout == "0 to add, 0 to change, 3 unchanged.\n"


def test_all_mistakes_of_all_lines_and_nothing_written(
    run: Run, registry: CameraRegistry, tmp_path: Path
) -> None:
    stream("gone")
    mark("gone", status="DELETING")
    stream("entrance")
    registry.add(entrance(camera_id="old", stream_name="entrance"))
    break_item("broken")
    path = tmp_path / "cameras.csv"
    path.write_text(
        "camera_id,store_id,stream_name,sample_every,time_zone,opening_hours,zones\n"
        "good,berlin-1,,,,,\n"
        "hours,berlin-1,,900,Berlin,mon 08:00-22:00 21:00-23:00,\n"
        'zones,,,,,,"till=0,0,1,1; door=0,0,0.2,0,0.2,2"\n'
        "zones,berlin-1,,,,,\n"
        "short,berlin-1\n"
        "one,berlin-1,gone,,,,\n"
        "two,berlin-1,entrance,,,,\n"
        "three,berlin-1,good,,,,\n"
        "four,berlin-1,,,Berlin,,\n"
        "broken,berlin-1,x,,,,\n",
        encoding="utf-8",
    )
    mistakes = [
        "line 3: camera 'hours': opening hours overlap: mon 08:00-22:00 and mon 21:00-23:00",
        "line 3: camera 'hours': sample_every 900 is outside 1..840 seconds",
        "lines 3, 10: time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin",
        "line 4: camera 'zones': store_id is missing: every camera belongs to a store",
        "line 4: camera 'zones': zone 'till' has 2 different points, a polygon needs at least 3",
        "line 4: camera 'zones': zone 'door' has the point (0.2, 2) outside 0..1",
        "line 5: camera 'zones' is already on line 4",
        'line 6: it has 2 cells, the header has 7: put a cell that contains the separator in "quotes"',
        "line 8: camera 'two': stream 'entrance' already belongs to camera 'old': each camera needs its own",
        "line 9: camera 'three': stream 'good' already belongs to camera 'good': each camera needs its own",
        (
            "line 11: camera 'broken': its registry item has no StoreId: remove it first with"
            " `occupancy camera remove broken`"
        ),
        "1 stream does not exist yet: good: create it, or import with --create-streams",
        "1 stream is being deleted: gone: wait until it is gone, or name another one",
    ]
    text = "\n".join(
        [f"{path} has 12 mistakes, nothing was written:", *(f"  {mistake}" for mistake in mistakes)]
    )
    refused(run("camera", "import", str(path), "--apply"), text)
    assert cameras(registry).keys() == {"old"}


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """A file of twelve cameras of two shops, each with a stream of its own."""
    path = tmp_path / "cameras.csv"
    lines = [f"door-{number},shop-{number % 2}" for number in range(12)]
    path.write_text("\n".join(["camera_id,store_id", *lines]), encoding="utf-8")
    return path


def test_a_dry_run_shows_the_difference_where_streams_are_missing(
    run: Run, registry: CameraRegistry, chain: Path
) -> None:
    stream("door-0")
    for name in ("door-1", "door-2"):
        stream(name)
        mark(name, status="DELETING")
    result = run("camera", "import", str(chain))
    assert (result.exit_code, result.stderr) == (0, "")
    assert sum("  add  " in line for line in result.stdout.splitlines()) == 12
    assert result.stdout.splitlines()[-4:] == [
        "12 to add, 0 to change, 0 unchanged.",
        (
            "9 streams do not exist yet: door-3, door-4, door-5, door-6, door-7, door-8, door-9, door-10,"
            " door-11: create them, or import with --create-streams."
        ),
        "2 streams are being deleted: door-1, door-2: wait until they are gone, or name others.",
        "Nothing has been written: add --apply to write it.",
    ]


def test_nothing_is_written_where_streams_are_missing(
    run: Run, registry: CameraRegistry, chain: Path
) -> None:
    missing = "door-0, door-1, door-2, door-3, door-4, door-5, door-6, door-7, door-8, door-9 and 2 more"
    refused(
        run("camera", "import", str(chain), "--apply"),
        f"12 streams do not exist yet: {missing}: create them, or import with --create-streams;"
        " nothing was written",
    )
    assert (cameras(registry), streams()) == ({}, [])


def test_nothing_is_written_where_a_stream_is_being_deleted(
    run: Run, registry: CameraRegistry, chain: Path
) -> None:
    stream("door-7")
    mark("door-7", status="DELETING")
    refused(
        run("camera", "import", str(chain), "--create-streams", "--apply"),
        "1 stream is being deleted: door-7: wait until it is gone, or name another one; nothing was written",
    )
    assert (cameras(registry), streams()) == ({}, ["door-7"])


def test_streams_without_retention_are_warned_of_together(
    run: Run, registry: CameraRegistry, chain: Path
) -> None:
    for number in range(12):
        stream(f"door-{number}", retention=24 if number > 1 else 0)
    result = run("camera", "import", str(chain))
    assert result.stderr == (
        "Warning: 2 streams, door-0, door-1, keep no video (retention 0 h): only --mode media can read them,"
        " and what it misses is lost. To keep a day, run `aws kinesisvideo update-data-retention"
        " --stream-name STREAM --current-version VERSION --operation INCREASE_DATA_RETENTION"
        " --data-retention-change-in-hours 24` for each; `aws kinesisvideo describe-stream` shows its"
        " VERSION\n"
    )


def test_two_cameras_may_swap_their_streams(run: Run, registry: CameraRegistry, tmp_path: Path) -> None:
    for name in ("one", "two"):
        stream(name)
        registry.add(entrance(camera_id=name))
    path = tmp_path / "cameras.csv"
    path.write_text("camera_id,stream_name\none,two\ntwo,one\n", encoding="utf-8")
    assert run("camera", "import", str(path), "--apply").exit_code == 0
    assert {name: camera.stream_name for name, camera in cameras(registry).items()} == {
        "one": "two",
        "two": "one",
    }


def test_an_excel_file_with_its_mark(run: Run, registry: CameraRegistry, tmp_path: Path) -> None:
    path = tmp_path / "cameras.csv"
    path.write_bytes("\ufeffcamera_id;store_id;source\r\ndoor;berlin-1;push\r\n".encode())
    assert run("camera", "import", str(path), "--apply").exit_code == 0
    assert cameras(registry).keys() == {"door"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "{path} cannot be read: No such file or directory"),
        ("Tür".encode("latin-1"), "{path} is not UTF-8 text: save it as CSV UTF-8"),
    ],
)
def test_files_that_cannot_be_read(
    run: Run, stack: None, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "cameras.csv"
    if content is not None:
        path.write_bytes(content)
    refused(run("camera", "import", str(path)), sentence.format(path=path))


def test_a_camera_that_somebody_else_added_meanwhile(
    run: Run, registry: CameraRegistry, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = CameraRegistry.add

    def add_but_one(self: CameraRegistry, camera: Camera) -> None:
        if camera.camera_id == "aisle-3":
            raise CameraExists(camera.camera_id)
        add(self, camera)

    monkeypatch.setattr(CameraRegistry, "add", add_but_one)
    result = run("camera", "import", str(shop), "--create-streams", "--apply")
    assert result.exit_code == 1
    assert result.stderr == (
        "Error: camera 'aisle-3' is in the registry already: use `occupancy camera set`\n"
        "all other cameras were written; import the file again\n"
    )
    assert cameras(registry).keys() == {"entrance", "back-door"}
