from counter.diagnosis.reasons import REASONS, gap_words
from ingest.frames.messages import GapReason


def test_every_reason_has_words_and_a_way_out() -> None:
    assert set(REASONS) == set(GapReason)
    assert all(words and way_out for words, way_out in REASONS.values())


def test_words() -> None:
    assert gap_words([(GapReason.NO_MEDIA, 3), (GapReason.GOP_TOO_LONG, 1)]) == (
        "3 without video (no_media); 1 without a keyframe close enough (gop_too_long)"
    )
