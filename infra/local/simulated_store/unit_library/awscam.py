"""Replaces the DeepLens library `awscam` in a simulated unit, with the function that the unit's code uses.

It comes first on the path of the unit's process. The environment selects the scene.
"""

import os
import time
from math import floor

from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.scene.view import SceneView

_view = SceneView(os.environ["SIMULATED_CAMERA"], int(os.environ["SIMULATED_SEED"]))


def getLastFrame() -> tuple[bool, Image]:  # noqa: N802 - awscam's name
    """Whether there is a picture, and that of the current second: so it shows nobody who just moves."""
    return True, _view.draw(floor(time.time()))
