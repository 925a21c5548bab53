"""Which frames are a frozen picture: the same, byte for byte, as at the two due instants before. Pure.

A camera's sensor has noise, so it never gives the same picture twice. A recorder that has lost its camera
does, and so does a camera that hangs. The first two instants of such a run are counted, because nothing is
known about them then; from the third on they are gaps. If they arrive in another order, an instant whose two
predecessors are not known yet is counted as well: more is counted then, never less.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice

from counter.rows.occupancy import Row, RowKey
from ingest.frames.inspection import Inspection
from ingest.registry.camera import Camera

ALIKE_BEFORE = 2
"""How many due instants before a frozen one have the same picture."""
LOOK_BACK = timedelta(days=4)
"""How long a shop may have been closed between them."""


def compared_with(camera: Camera, instant: datetime) -> tuple[datetime, ...]:
    """The due instants whose pictures tell whether that of `instant` is frozen; none if it may repeat."""
    if camera.repeats:
        return ()
    return tuple(islice(camera.due_before(instant - LOOK_BACK, instant), ALIKE_BEFORE))


class Digests:
    """The digests of a batch: those of its rows, and of the frames that came with it."""

    def __init__(self, rows: Mapping[RowKey, Row]) -> None:
        self._known = {key: {row.digest} for key, row in rows.items() if row.digest}

    def add(self, camera: Camera, instant: datetime, inspection: Inspection) -> None:
        """Add a frame of an instant."""
        self._known.setdefault((camera.camera_id, instant), set()).add(inspection.digest)

    def frozen(self, camera: Camera, instant: datetime, digest: str) -> bool:
        """Whether the frame with this digest is the same as those of the instants before."""
        before = compared_with(camera, instant)
        return len(before) == ALIKE_BEFORE and all(
            digest in self._known.get((camera.camera_id, earlier), ()) for earlier in before
        )
