"""What a file of cameras makes of the registry: to add, to change, the same, or mistaken. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from infra.cli.camera.csv_file import Line, Mistake
from infra.cli.camera.senders import sender_problem
from infra.cli.camera.settings import Difference, changed_camera, differences, first_settings, new_camera
from ingest.registry.camera import Camera, InvalidCamera
from ingest.registry.registered import RegisteredCamera

Registered = Mapping[str, RegisteredCamera | InvalidCamera]
"""The registry by camera; an item that cannot be read stands for itself."""


class Kind(StrEnum):
    """What becomes of a camera of the file."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True)
class Step:
    """One camera of the file: as it is (None: not registered) and as it is to be."""

    line: int
    before: RegisteredCamera | None
    after: Camera

    @property
    def kind(self) -> Kind:
        """Add, change or same."""
        if self.before is None:
            return Kind.ADD
        return Kind.SAME if self.before.camera == self.after else Kind.CHANGE

    def differences(self, now: datetime) -> list[Difference]:
        """What changes of what is in force, setting by setting."""
        if self.before is None:
            return first_settings(self.after)
        return differences(self.before.camera, self.after, now)


def plan(lines: Iterable[Line], registered: Registered, now: datetime) -> tuple[list[Step], list[Mistake]]:
    """What the file makes of the registry, and all that is wrong with its lines."""
    steps: list[Step] = []
    mistakes: list[Mistake] = []
    for line in lines:
        before = registered.get(line.camera_id)
        if isinstance(before, InvalidCamera):
            sentence = f"{before}: remove it first by `occupancy camera remove {line.camera_id}`"
            mistakes.append(Mistake(line.number, sentence))
            continue
        try:
            if before is None:
                after = new_camera(line.camera_id, line.texts, now)
            else:
                after = changed_camera(before.camera, line.texts, now)
        except InvalidCamera as error:
            mistakes += [Mistake(line.number, one, line.camera_id) for one in error.problems]
        else:
            steps.append(Step(line.number, before, after))
    return steps, [*mistakes, *_clashes(steps, registered)]


def _clashes(steps: list[Step], registered: Registered) -> Iterator[Mistake]:
    """Cameras of the file whose sender another camera has, in the file or in the registry."""
    in_file = {step.after.camera_id for step in steps}
    others = (one.camera for one in registered.values() if isinstance(one, RegisteredCamera))
    owner = {one.sender: one.camera_id for one in others if one.sender and one.camera_id not in in_file}
    for step in steps:
        sender = step.after.sender
        if sender in owner:
            yield Mistake(step.line, sender_problem(step.after, owner[sender]), step.after.camera_id)
        elif sender:
            owner[sender] = step.after.camera_id
