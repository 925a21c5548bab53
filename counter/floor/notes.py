"""What a heat map leaves out, and why: one sentence for each. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from counter.floor.floor_map import CameraShare, FloorMap
from counter.floor.view import LARGEST

WORTH_SAYING = 0.005
"""The share of a camera's person-minutes below which a note would only distract."""


class NoteKind(StrEnum):
    """What a note is about."""

    NO_FIGURE = "no_figure"
    NOBODY = "nobody"
    NOT_COUNTED = "not_counted"
    CUT_OFF = "cut_off"
    ELSEWHERE = "elsewhere"
    MOVED = "moved"
    UNMAPPED = "unmapped"
    UNGRIDDED = "ungridded"


_LEFT_OUT = "of the person-minutes are left out, because"
_HOURS_LEFT_OUT = "{camera}: {amount:.1f} counted hours are left out, because"
_TEXTS = {
    NoteKind.NO_FIGURE: "No camera that is mapped to the floor plan was counting in this span.",
    NoteKind.NOBODY: "Nobody was seen on the floor in this span.",
    NoteKind.NOT_COUNTED: "{camera}: nothing was counted in this span.",
    NoteKind.CUT_OFF: (
        f"{{camera}}: {{percent:.0f}} % {_LEFT_OUT} the lower edge of the picture cuts off the feet."
    ),
    NoteKind.ELSEWHERE: (
        f"{{camera}}: {{percent:.0f}} % {_LEFT_OUT} they lie outside the plan, or so far away that a cell of"
        f" the picture covers more than {LARGEST:g} m of floor."
    ),
    NoteKind.MOVED: (
        "{camera}: the camera has {amount:.0f} mappings in this span; each part of it is placed by its own."
    ),
    NoteKind.UNMAPPED: f"{_HOURS_LEFT_OUT} the camera was not mapped to the floor plan then.",
    NoteKind.UNGRIDDED: (
        f"{_HOURS_LEFT_OUT} they do not say where people stood: run `occupancy recount` for them."
    ),
}


@dataclass(frozen=True)
class FloorNote:
    """A note on a camera, or on the whole map (`camera` is empty); `amount` is a share, hours or a number."""

    kind: NoteKind
    camera: str = ""
    amount: float = 0.0

    @property
    def text(self) -> str:
        """The sentence, in English."""
        return _TEXTS[self.kind].format(camera=self.camera, amount=self.amount, percent=self.amount * 100)


def notes(found: FloorMap) -> list[FloorNote]:
    """The notes of a map: first what holds for all of it, then by camera."""
    whole = []
    if np.isnan(found.density).all():
        whole.append(FloorNote(NoteKind.NO_FIGURE))
    elif not np.nan_to_num(found.density).any():
        whole.append(FloorNote(NoteKind.NOBODY))
    return [*whole, *(note for share in found.cameras for note in _camera_notes(share))]


def _camera_notes(share: CameraShare) -> Iterator[FloorNote]:
    if not (share.counted_hours or share.unmapped_hours or share.ungridded_hours):
        yield FloorNote(NoteKind.NOT_COUNTED, share.camera)
    for kind, minutes in ((NoteKind.CUT_OFF, share.cut_off), (NoteKind.ELSEWHERE, share.elsewhere)):
        if minutes > WORTH_SAYING * share.person_minutes:
            yield FloorNote(kind, share.camera, minutes / share.person_minutes)
    if share.mappings > 1:
        yield FloorNote(NoteKind.MOVED, share.camera, share.mappings)
    for kind, hours in (
        (NoteKind.UNMAPPED, share.unmapped_hours),
        (NoteKind.UNGRIDDED, share.ungridded_hours),
    ):
        if hours:
            yield FloorNote(kind, share.camera, hours)
