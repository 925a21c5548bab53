import pytest

from infra.cli.camera.csv_file import Line, Mistake, read_csv
from infra.cli.camera.settings import COLUMNS

HEADER = "camera_id,store_id,zones\n"


def test_each_line_is_a_camera() -> None:
    text = HEADER + 'entrance,berlin-1,"till=0,0,1,0,1,1"\naisle,berlin-1,\n'
    assert read_csv(text) == (
        [
            Line(2, "entrance", {"store_id": "berlin-1", "zones": "till=0,0,1,0,1,1"}),
            Line(3, "aisle", {"store_id": "berlin-1", "zones": ""}),
        ],
        [],
    )


QUOTE = 'put a cell that contains the separator in "quotes"'


@pytest.mark.parametrize(
    "text",
    [
        "store_id;camera_id\nberlin-1;door\n",  # where the comma is the decimal point
        "Camera_ID , STORE_ID\r\n door ,berlin-1 \r\n",
        "# our cameras\n\ncamera_id,store_id\n# the only one; so far\n,\ndoor,berlin-1",
    ],
)
def test_other_ways_to_write_the_same(text: str) -> None:
    lines, mistakes = read_csv(text)
    assert [(line.camera_id, dict(line.texts)) for line in lines] == [("door", {"store_id": "berlin-1"})]
    assert mistakes == []


def test_a_cell_of_several_lines_does_not_move_the_numbers() -> None:
    lines, _ = read_csv(HEADER + '# a comment\none,s,"a=0,0,\n1,0,1,1"\ntwo,s,\n')
    assert [(line.number, line.camera_id) for line in lines] == [(3, "one"), (5, "two")]


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", [f"line 1: the file is empty: name the columns in its first line, from {', '.join(COLUMNS)}"]),
        ("store_id\nx\n", ["line 1: column 'camera_id' is missing"]),
        (
            "camera_id,interval,store_id,store_id\n",
            [
                f"line 1: column 'interval' is unknown: use columns from {', '.join(COLUMNS)}",
                "line 1: column 'store_id' appears twice",
            ],
        ),
        (
            HEADER + "one,s\ntwo,s,till=0,0,1,0,1,1\nthree,s,\nthree,s,\n",
            [
                f"line 2: it has 2 cells, the header has 3: {QUOTE}",
                f"line 3: it has 8 cells, the header has 3: {QUOTE}",
                "line 5: camera 'three' is already on line 4",
            ],
        ),
    ],
)
def test_all_mistakes_with_their_lines(text: str, mistakes: list[str]) -> None:
    assert [str(mistake) for mistake in read_csv(text)[1]] == mistakes


def test_a_mistake_keeps_no_other_line_back() -> None:
    lines, mistakes = read_csv(HEADER + "one,s\ntwo,s,\n")
    assert [line.camera_id for line in lines] == ["two"]
    assert [mistake.line for mistake in mistakes] == [2]
    assert isinstance(mistakes[0], Mistake)
