"""The cameras of simulated shops, as the registry has them. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from counter.stores.store import Store
from ingest.registry.camera import Camera, Change, Source
from ingest.registry.polygons import Polygon
from ingest.registry.sampling import Sampling

BEHIND_TILL: Polygon = ((0.68, 0.28), (0.98, 0.28), (0.98, 0.47), (0.68, 0.47))
"""Around STAFF_SPOT in the picture."""
QUEUE: Polygon = ((0.3, 0.45), (0.9, 0.45), (0.9, 1.0), (0.3, 1.0))
LEFT_SIDE: Polygon = ((0.0, 0.2), (0.5, 0.2), (0.5, 1.0), (0.0, 1.0))
RIGHT_SIDE: Polygon = ((0.5, 0.2), (1.0, 0.2), (1.0, 1.0), (0.5, 1.0))


@dataclass(frozen=True)
class Site:
    """What all cameras of a shop have in common; they are counted from the day `first` on."""

    store: Store
    sampling: Sampling
    first: date

    def plain(self, camera_id: str, area: str, source: Source = Source.KVS) -> Camera:
        """A camera without zones."""
        since = self.store.calendar.start_of(self.first)
        return Camera(camera_id, self.store.store_id, since, source, area=area, sampling=self.sampling)

    def floor(self, camera_id: str, area: str, source: Source = Source.KVS) -> Camera:
        """A camera over shelves, with a zone on each side."""
        return replace(
            self.plain(camera_id, area, source), zones={"left-side": LEFT_SIDE, "right-side": RIGHT_SIDE}
        )

    def till(self, camera_id: str, area: str) -> Camera:
        """A camera at a till: it counts the queue, and leaves out the staff."""
        return replace(self.plain(camera_id, area), zones={"queue": QUEUE}, ignore={"staff": BEHIND_TILL})


def ended(camera: Camera, end: datetime) -> Camera:
    """The camera after its past: from `end` on, a quarter hour, nothing is due any more."""
    off = replace(camera.sampling, enabled=False)
    return replace(camera, sampling=off, previous=(*camera.previous, Change(end, camera.sampling)))
