from pathlib import Path
from typing import Any

import boto3
import pytest

from ingest.cameras import Camera, Change, Source
from ingest.opening_hours import parse
from ingest.registry import CameraExists, CameraRegistry
from ingest.registry_items import RegisteredCamera
from ingest.sampling import Sampling
from ingest.times import from_text
from tests.infra.cli.conftest import NOW, Run, refused
from tests.infra.cli.test_camera import break_item, mark, stream

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
    found = (one for one in registry.scan() if isinstance(one, RegisteredCamera))
    return {one.camera.camera_id: one.camera for one in found}


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
        "2 to add, 1 to change, 0 the same.",
        "Streams to create, each with 24 h retention: hall.",
        "Nothing is written yet: add --apply to write it.",
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
        == "0 to add, 0 to change, 3 the same.\nWritten.\n"
    )
    assert run("camera", "import", str(shop)).stdout == "0 to add, 0 to change, 3 the same.\n"


def test_the_list_reads_back_as_the_same(
    run: Run, registry: CameraRegistry, shop: Path, tmp_path: Path
) -> None:
    run("camera", "import", str(shop), "--create-streams", "--apply")
    copy = tmp_path / "copy.csv"
    copy.write_text(run("camera", "list", "--csv").stdout, encoding="utf-8")
    assert run("camera", "import", str(copy)).stdout == "0 to add, 0 to change, 3 the same.\n"


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
        "broken,berlin-1,x,,,,\n",
        encoding="utf-8",
    )
    no_stream = "does not exist in us-east-1: create it by --create-stream, or name the one you have"
    mistakes = [
        f"line 2: stream 'good' {no_stream}",
        "line 3: camera 'hours': opening hours overlap: mon 08:00-22:00 and mon 21:00-23:00",
        "line 3: camera 'hours': sample_every 900 is outside 1..840 seconds",
        "line 3: camera 'hours': time zone 'Berlin' is unknown: use an IANA name such as Europe/Berlin",
        "line 4: camera 'zones': store_id is missing: every camera belongs to a store",
        "line 4: camera 'zones': zone 'till' has 2 different points, a polygon needs at least 3",
        "line 4: camera 'zones': zone 'door' has the point (0.2, 2) outside 0..1",
        "line 5: camera 'zones' is on line 4 already",
        'line 6: it has 2 cells, the header has 7: put a cell that holds the separator in "quotes"',
        (
            "line 7: stream 'gone' is being deleted:"
            " wait until it is gone, then create it by --create-stream, or name another one"
        ),
        "line 8: camera 'two': stream 'entrance' is that of camera 'old' already: each camera needs its own",
        "line 9: camera 'three': stream 'good' is that of camera 'good' already: each camera needs its own",
        f"line 9: stream 'good' {no_stream}",
        (
            "line 10: camera 'broken': its registry item has no StoreId: remove it first by"
            " `occupancy camera remove broken`"
        ),
    ]
    text = "\n".join(
        [f"{path} has {len(mistakes)} mistakes, nothing was written:", *(f"  {one}" for one in mistakes)]
    )
    refused(run("camera", "import", str(path), "--apply"), text)
    assert cameras(registry).keys() == {"old"}


def test_two_cameras_may_swap_their_streams(run: Run, registry: CameraRegistry, tmp_path: Path) -> None:
    for name in ("one", "two"):
        stream(name)
        registry.add(entrance(camera_id=name))
    path = tmp_path / "cameras.csv"
    path.write_text("camera_id,stream_name\none,two\ntwo,one\n", encoding="utf-8")
    assert run("camera", "import", str(path), "--apply").exit_code == 0
    assert {name: one.stream_name for name, one in cameras(registry).items()} == {"one": "two", "two": "one"}


def test_an_excel_file_with_its_mark(run: Run, registry: CameraRegistry, tmp_path: Path) -> None:
    path = tmp_path / "cameras.csv"
    path.write_bytes("\ufeffcamera_id;store_id;source\r\ndoor;berlin-1;push\r\n".encode())
    assert run("camera", "import", str(path), "--apply").exit_code == 0
    assert cameras(registry).keys() == {"door"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "{path} cannot be read: No such file or directory"),
        ("Tür".encode("latin-1"), "{path} is no UTF-8 text: save it as CSV UTF-8"),
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
        "all others were written; import the file again\n"
    )
    assert cameras(registry).keys() == {"entrance", "back-door"}
