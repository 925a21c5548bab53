from ingest.frames.keys import FrameKey
from ingest.frames.upload import FrameBucket
from tests.ingest.cloud import Cloud, at


def test_a_frame_lies_under_its_key_as_a_jpeg(kvs: Cloud) -> None:
    key = FrameKey("door", at(10), at(8.04))

    for _ in range(2):
        FrameBucket(kvs.s3, "frames").put(key, b"jpeg")

    assert kvs.stored() == {"frame/door/2023-11-14/20231114T221510000Z_20231114T221508040Z.jpg"}
    stored = kvs.s3.get_object(Bucket="frames", Key=str(key))
    assert (stored["ContentType"], stored["Body"].read()) == ("image/jpeg", b"jpeg")
