"""What the sender of a frame found on it, as the metadata of its object in the frame bucket. Pure.

Metadata, and no part of the key: a counter of an earlier version ignores it and counts the frame as before,
and a sender of an earlier version leaves it out. docs/decisions/0011-no-picture.md has the alternatives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

PICTURE, DIGEST = "picture", "digest"
"""The names; S3 puts `x-amz-meta-` before them. `deeplens/upload.py` writes the same."""
VISIBLE, NOTHING = "visible", "nothing"
"""The values of PICTURE."""
DIGEST_LENGTH = 16


def digest_of(image: bytes) -> str:
    """16 hex digits of an image's SHA-256: equal only for images that are equal byte for byte.

    Not S3's ETag: that is another one for each object as soon as a KMS key encrypts it ("Object", Amazon S3
    API Reference).
    """
    return sha256(image).hexdigest()[:DIGEST_LENGTH]


@dataclass(frozen=True)
class Inspection:
    """A frame's digest, and whether the rule of `ingest.blank` says that it shows nothing."""

    digest: str
    shows_nothing: bool = False

    def to_metadata(self) -> dict[str, str]:
        """The metadata of the object."""
        return {PICTURE: NOTHING if self.shows_nothing else VISIBLE, DIGEST: self.digest}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> "Inspection | None":
        """The inverse of `to_metadata`; None for a sender that does not inspect its frames."""
        picture, digest = metadata.get(PICTURE), metadata.get(DIGEST, "")
        if picture not in {VISIBLE, NOTHING} or len(digest) != DIGEST_LENGTH:
            return None
        return cls(digest, picture == NOTHING)
