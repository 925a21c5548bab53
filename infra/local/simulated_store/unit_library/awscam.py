"""What a DeepLens unit's own library is to the unit's code, in a simulated store: the same one function.

The unit's process finds it first on its path. Which view it shows is in the environment.
"""

import os
import time

from infra.local.rekognition.detectors.detection import Image
from infra.local.simulated_store.scene.view import SceneView

_view = SceneView(os.environ["SIMULATED_CAMERA"], int(os.environ["SIMULATED_SEED"]))


def getLastFrame() -> tuple[bool, Image]:  # noqa: N802 - awscam's name
    """Whether there is a picture, and the picture of now."""
    return True, _view.draw(time.time())
