"""Which frames of a camera are sent. Pure."""

from enum import StrEnum


class Send(StrEnum):
    """What is sent of a camera: counting needs its keyframes only."""

    KEYFRAMES = "keyframes"
    ALL = "all"
