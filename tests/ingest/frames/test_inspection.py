"""What a sender found on a frame, as S3's metadata."""

from collections.abc import Mapping

import pytest

import deeplens.camera.inspection as unit
from ingest.frames import inspection
from ingest.frames.inspection import Inspection, digest_of
from tests.ingest.pictures import jpeg, plain, stripes


@pytest.mark.parametrize("given", [Inspection("0123456789abcdef"), Inspection("0" * 16, True)])
def test_metadata_and_back(given: Inspection) -> None:
    assert Inspection.from_metadata(given.to_metadata()) == given


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"camera": "till"},
        {"picture": "visible"},
        {"picture": "visible", "digest": ""},
        {"picture": "black", "digest": "0" * 16},
        {"digest": "0" * 16},
    ],
)
def test_other_senders_did_not_inspect(metadata: Mapping[str, str]) -> None:
    assert Inspection.from_metadata(metadata) is None


def test_a_digest_is_of_the_bytes() -> None:
    assert digest_of(b"a") == "ca978112ca1bbdca"
    assert digest_of(b"a") != digest_of(b"a\0")


def test_a_unit_writes_the_same() -> None:
    names = ("PICTURE", "DIGEST", "VISIBLE", "NOTHING")
    assert [getattr(unit, name) for name in names] == [getattr(inspection, name) for name in names]
    for picture, nothing in ((stripes(100, (320, 240)), False), (plain(0, (320, 240)), True)):
        frame = jpeg(picture)
        assert unit.metadata_of(frame) == Inspection(digest_of(frame), nothing).to_metadata()
