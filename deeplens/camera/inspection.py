"""What a frame shows, as the metadata of its object in the bucket.

The counter reads it before it counts the frame, so a black picture is not zero people. The names are those of
`ingest/frames/inspection.py`.
"""

from __future__ import annotations

from hashlib import sha256

import cv2
import numpy as np

from deeplens.camera.picture import shows_nothing

PICTURE, DIGEST = "picture", "digest"
"""The names; S3 puts `x-amz-meta-` before them."""
VISIBLE, NOTHING = "visible", "nothing"
"""The values of PICTURE."""


def metadata_of(jpeg: bytes) -> dict[str, str]:
    """Return the metadata of a frame; none if it cannot be decoded, so that the counter finds out why."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        return {}
    return {
        PICTURE: NOTHING if shows_nothing(picture) else VISIBLE,
        DIGEST: sha256(jpeg).hexdigest()[:16],
    }
