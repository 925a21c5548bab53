import pytest

from counter.rows.occupancy import Box, Person
from counter.rows.people import Detection, NotLocalised, read, request
from tests.counter.rekognition import people, person_label, response

BOX = {"Width": 0.18, "Height": 0.6, "Left": 0.3, "Top": 0.25}


def test_every_instance_at_or_above_80_is_kept_whatever_the_camera_wants() -> None:
    answer = people(99.5, 80.0, 79.99, 50.0, at=BOX)
    box = Box(left=0.3, top=0.25, width=0.18, height=0.6)
    assert read(answer) == Detection((Person(99.5, box), Person(80.0, box)), "rekognition/3.0")


def test_no_label_is_nobody() -> None:
    assert read(response([])) == Detection((), "rekognition/3.0")


def test_other_labels_are_nobody() -> None:
    chair = {"Name": "Chair", "Confidence": 98.0, "Instances": [{"BoundingBox": BOX, "Confidence": 98.0}]}
    assert read(response([chair])) == Detection((), "rekognition/3.0")


@pytest.mark.parametrize("instances", [[], [{"Confidence": 99.0}]], ids=["none", "without a box"])
def test_people_without_instances_are_not_nobody(instances: list[dict[str, object]]) -> None:
    with pytest.raises(NotLocalised):
        read(response([person_label(instances)]))


def test_instances_below_80_are_nobody_but_localised() -> None:
    assert read(people(79.0)).people == ()


def test_an_answer_without_a_model_version() -> None:
    assert read({"Labels": []}).detector == "rekognition/unknown"


def test_the_request_names_the_object_and_filters_labels() -> None:
    assert request("frames", "frame/x.jpg") == {
        "Image": {"S3Object": {"Bucket": "frames", "Name": "frame/x.jpg"}},
        "MinConfidence": 80.0,
        "Features": ["GENERAL_LABELS"],
        "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
    }
