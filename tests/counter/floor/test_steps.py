import numpy as np
import pytest

from counter.floor.steps import change_scale, heat_scale


def test_each_cell_has_the_step_that_its_value_lies_in() -> None:
    scale = heat_scale(np.array([[0, 0.99, 1, 2.5], [4.2, 4.99, np.nan, 3]]))
    assert [(step.name, step.value) for step in scale.steps] == [(f"heat-{n}", n) for n in range(5)]
    assert scale.places.tolist() == [[0, 0, 1, 2], [4, 4, -1, 3]]
    assert not any(step.open for step in scale.steps)


def test_a_single_hot_cell_does_not_leave_the_others_in_one_colour() -> None:
    values = np.linspace(0, 10, 200).reshape(10, 20)
    values[0, 1] = 500
    scale = heat_scale(values)
    assert [step.value for step in scale.steps] == [0, 2, 4, 6, 8, 10]
    assert scale.steps[-1].open
    assert scale.places[0, 1] == 5
    assert set(scale.places.ravel().tolist()) >= {0, 1, 2, 3, 4}


def test_with_nobody_there_is_one_step_and_without_figures_none_is_used() -> None:
    scale = heat_scale(np.zeros((2, 2)))
    assert [(step.name, step.value, step.open) for step in scale.steps] == [("heat-0", 0, False)]
    assert scale.places.tolist() == [[0, 0], [0, 0]]
    assert (heat_scale(np.full((2, 2), np.nan)).places == -1).all()


@pytest.mark.parametrize("most", [1e-4, 0.03, 0.7, 1, 5, 10, 99, 12345.0])
def test_the_steps_reach_every_value_and_are_six_at_most(most: float) -> None:
    scale = heat_scale(np.linspace(0, most, 60).reshape(6, 10))
    assert 2 <= len(scale.steps) <= 6
    assert scale.places.max() == len(scale.steps) - 1
    assert scale.steps[-1].value <= most
    size = scale.steps[1].value
    assert scale.steps[-1].open or most < scale.steps[-1].value + size


def test_a_difference_has_steps_on_both_sides_of_the_same() -> None:
    scale = change_scale(np.array([[0, 0.9, 1.2, 6], [-1.2, -5.9, np.nan, -0.9]]))
    assert [step.name for step in scale.steps] == [
        "less-3",
        "less-2",
        "less-1",
        "same",
        "more-1",
        "more-2",
        "more-3",
    ]
    assert [step.value for step in scale.steps] == [-6, -4, -2, 0, 2, 4, 6]
    assert scale.places.tolist() == [[3, 3, 4, 6], [2, 0, -1, 3]]


def test_a_difference_of_nothing_is_the_same() -> None:
    assert (change_scale(np.zeros((2, 2))).places == 3).all()


def test_a_difference_beyond_the_scale_is_open() -> None:
    values = np.full((10, 20), 6.0)
    values[0, 0] = -900
    steps = change_scale(values).steps
    assert (steps[0].open, steps[-1].open, steps[3].open) == (True, True, False)
