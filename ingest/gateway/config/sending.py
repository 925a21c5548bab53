"""Which frames of a camera are sent. Pure."""

from enum import StrEnum


class Send(StrEnum):
    """Which frames of a camera are sent: counting needs its keyframes only."""

    KEYFRAMES = "keyframes"
    ALL = "all"
