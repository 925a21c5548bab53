import pytest

from counter.rows.occupancy import Box, Person
from counter.rows.people import Detection, read, request
from tests.counter.rekognition import people, person_label, response

BOX = {"Width": 0.18, "Height": 0.6, "Left": 0.3, "Top": 0.25}


def test_every_instance_at_or_above_50_is_kept_whatever_the_camera_wants() -> None:
    answer = people(99.5, 80.0, 79.99, 50.0, 49.99, at=BOX)
    box = Box(left=0.3, top=0.25, width=0.18, height=0.6)
    assert read(answer) == Detection(
        tuple(Person(confidence, box) for confidence in (99.5, 80.0, 79.99, 50.0)), "rekognition/3.0", 99.2
    )


def test_no_label_is_nobody() -> None:
    assert read(response([])) == Detection((), "rekognition/3.0")


def test_other_labels_are_nobody() -> None:
    chair = {"Name": "Chair", "Confidence": 98.0, "Instances": [{"BoundingBox": BOX, "Confidence": 98.0}]}
    assert read(response([chair])) == Detection((), "rekognition/3.0")


@pytest.mark.parametrize("instances", [[], [{"Confidence": 99.0}]], ids=["none", "without a box"])
def test_people_without_instances_are_not_nobody(instances: list[dict[str, object]]) -> None:
    found = read(response([person_label(instances)]))
    assert found == Detection((), "rekognition/3.0", 99.2, localised=False)


@pytest.mark.parametrize(
    ("label", "min_confidence", "countable"),
    [(99.2, 95.0, True), (95.0, 95.0, False), (94.9, 95.0, True), (60.0, 50.0, False), (None, 95.0, False)],
)
def test_a_label_without_instances_counts_as_nobody_below_the_cameras_threshold(
    label: float | None, min_confidence: float, countable: bool
) -> None:
    instances = [{"BoundingBox": BOX, "Confidence": label}] if label == 99.2 else []
    answer = person_label(instances)
    if label is None:
        del answer["Confidence"]
    else:
        answer["Confidence"] = label
    assert read(response([answer])).countable(min_confidence) is countable


def test_instances_below_50_are_nobody_but_localised() -> None:
    found = read(people(49.0))
    assert (found.people, found.localised) == ((), True)


def test_an_answer_without_a_model_version() -> None:
    assert read({"Labels": []}).detector == "rekognition/unknown"


def test_the_request_names_the_object_and_filters_labels() -> None:
    assert request("frames", "frame/x.jpg") == {
        "Image": {"S3Object": {"Bucket": "frames", "Name": "frame/x.jpg"}},
        "MinConfidence": 50.0,
        "Features": ["GENERAL_LABELS"],
        "Settings": {"GeneralLabels": {"LabelInclusionFilters": ["Person"]}},
    }
