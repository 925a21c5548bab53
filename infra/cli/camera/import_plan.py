"""Plans an import: compares the cameras of a file with the registry. Pure."""

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
"""The registry by camera ID, with the items that cannot be read."""


class ImportAction(StrEnum):
    """What an import does to a camera of the file."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"


@dataclass(frozen=True)
class ImportStep:
    """One camera of the file: as it is registered now (None: not yet) and as it will be."""

    line: int
    before: RegisteredCamera | None
    after: Camera

    @property
    def action(self) -> ImportAction:
        """Add, change or same."""
        if self.before is None:
            return ImportAction.ADD
        return ImportAction.SAME if self.before.camera == self.after else ImportAction.CHANGE

    def differences(self, now: datetime) -> list[Difference]:
        """The settings that differ from those in force now."""
        if self.before is None:
            return first_settings(self.after)
        return differences(self.before.camera, self.after, now)


def plan(
    lines: Iterable[Line], registered: Registered, now: datetime
) -> tuple[list[ImportStep], list[Mistake]]:
    """The steps of the import, and the mistakes in its lines."""
    steps: list[ImportStep] = []
    mistakes: list[Mistake] = []
    for line in lines:
        before = registered.get(line.camera_id)
        if isinstance(before, InvalidCamera):
            sentence = f"{before}: remove it first with `occupancy camera remove {line.camera_id}`"
            mistakes.append(Mistake(line.number, sentence))
            continue
        try:
            if before is None:
                after = new_camera(line.camera_id, line.texts, now)
            else:
                after = changed_camera(before.camera, line.texts, now)
        except InvalidCamera as error:
            mistakes += [Mistake(line.number, problem, line.camera_id) for problem in error.problems]
        else:
            steps.append(ImportStep(line.number, before, after))
    return steps, [*mistakes, *_sender_clashes(steps, registered)]


def _sender_clashes(steps: list[ImportStep], registered: Registered) -> Iterator[Mistake]:
    """Cameras of the file that have the same sender as another camera of the file or the registry."""
    in_file = {step.after.camera_id for step in steps}
    others = (item.camera for item in registered.values() if isinstance(item, RegisteredCamera))
    owner = {
        camera.sender: camera.camera_id
        for camera in others
        if camera.sender and camera.camera_id not in in_file
    }
    for step in steps:
        sender = step.after.sender
        if sender in owner:
            yield Mistake(step.line, sender_problem(step.after, owner[sender]), step.after.camera_id)
        elif sender:
            owner[sender] = step.after.camera_id
