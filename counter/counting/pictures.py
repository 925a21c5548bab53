"""What the frames of a batch show, and why nobody could be counted on some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counter.counting.batch import Batch
from counter.counting.detection import FROZEN, SHOWS_NOTHING, Uncountable
from counter.counting.frozen import Digests
from counter.counting.plan import DetectionTask
from counter.rows.occupancy import Row, RowKey
from counter.rows.placing import Frame
from ingest.frames.inspection import Inspection


@dataclass(frozen=True)
class Pictures:
    """What the frames of a batch show, by key, and the digests beside them."""

    inspections: Mapping[str, Inspection]
    digests: Digests

    def digest(self, frame: Frame) -> str | None:
        """The digest of a frame; None if it was gone."""
        inspection = self.inspections.get(frame.key)
        return inspection.digest if inspection else None

    def fault(self, task: DetectionTask, frame: Frame) -> Uncountable | None:
        """Why nobody could be counted on a frame, even if DetectLabels gave an answer."""
        inspection = self.inspections.get(frame.key)
        if inspection is None:
            return None  # gone, or no picture: DetectLabels says why
        if inspection.shows_nothing:
            return SHOWS_NOTHING
        return FROZEN if self.digests.frozen(task.camera, task.instant, inspection.digest) else None


def inspect_frames(
    batch: Batch, tasks: Sequence[DetectionTask], rows: Mapping[RowKey, Row]
) -> tuple[list[DetectionTask], Pictures]:
    """Inspect all frames of the tasks; the messages of those that cannot be inspected are retried.

    All of them before any is counted, because each is compared with those before it in the same batch.
    """
    inspections: dict[str, Inspection] = {}
    digests = Digests(rows)

    def inspect(task: DetectionTask) -> None:
        for frame in task.frames:
            if inspection := batch.dependencies.inspector.inspect(frame.key):
                inspections[frame.key] = inspection
                digests.add(task.camera, task.instant, inspection)

    inspected = []
    for task, failure in batch.each(inspect, tasks):
        if failure is None:
            inspected.append(task)
        else:
            batch.fail(failure, task.messages, [frame.key for frame in task.frames])
    return inspected, Pictures(inspections, digests)
