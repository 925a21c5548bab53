"""Errors of cameras as text."""

from infra.local.simulated_store.cameras.errors import RecentErrors


def test_errors_name_their_camera_and_the_oldest_are_forgotten() -> None:
    errors = RecentErrors()
    errors.add("door", "is dark")
    errors.add("", "gateway: it ended with 1")
    assert [str(error) for error in errors.latest()] == ["camera door: is dark", "gateway: it ended with 1"]
    for number in range(100):
        errors.add("door", str(number))
    assert [error.sentence for error in errors.latest()] == [str(number) for number in range(100)]
