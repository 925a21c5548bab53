"""Mode `fragments`: the keyframes of the due instants, taken from the fragments that contain them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime

from ingest.frames.messages import GapReason
from ingest.kvs.video import Fragment, FragmentError
from ingest.pull.extraction import CameraPull, Extracted
from ingest.pull.fetching import Fetcher
from ingest.pull.selection import SelectedFragment, keyframe_for, settled


class FragmentExtractor:
    """A `FrameExtractor` that uses GetMediaForFragmentList."""

    def __init__(self, pull: CameraPull) -> None:
        self._pull = pull
        archive, stream_name = pull.dependencies.kvs.archive, pull.stream_name
        self._fetcher = Fetcher(lambda numbers: archive.media(stream_name, numbers), pull.dependencies.sleep)

    def extract(
        self, selected: Sequence[SelectedFragment], until: datetime, time_left: Callable[[], bool]
    ) -> Extracted:
        """See `FrameExtractor`."""
        extracted = Extracted(rest=list(selected))
        for choice, media in self._fetched(selected, time_left):
            extracted.rest.remove(choice)
            broken = isinstance(media, FragmentError) or media.cut
            if broken and not settled(choice.fragment, until):
                extracted.waiting = True
                continue
            for instant in choice.instants:
                put = self._put(instant, media)
                # Another fragment may still bring the frame, unless this one covers the instant.
                if not broken and (put or instant in choice.covered):
                    extracted.decided.add(instant)
        self._pull.send_gaps()
        return extracted

    def _fetched(
        self, selected: Sequence[SelectedFragment], time_left: Callable[[], bool]
    ) -> Iterator[tuple[SelectedFragment, Fragment | FragmentError]]:
        choices = {choice.fragment.number: choice for choice in selected}
        with closing(self._fetcher.fetch([choice.fragment for choice in selected])) as parts:
            for fragment, media in parts:
                self._pull.tally.fragments += 1
                self._pull.tally.bytes += fragment.size
                yield choices[fragment.number], media
                if not time_left():
                    return

    def _put(self, instant: datetime, media: Fragment | FragmentError) -> bool:
        """Put the frame of an instant, or note why there is none."""
        if isinstance(media, FragmentError):
            self._pull.note_trouble(
                media.code, f"fragment {media.number} cannot be read: {media.code} {media.message}"
            )
        elif not media.keyframes:
            self._pull.note_missing_keyframe(media)
        else:
            keyframe = keyframe_for(self._pull.camera, instant, media.keyframes)
            if keyframe is not None:
                return self._pull.put_keyframe(instant, keyframe)
            self._pull.note_gap(instant, GapReason.MEDIA_ERROR if media.cut else GapReason.GOP_TOO_LONG)
            return False
        self._pull.note_gap(instant, GapReason.MEDIA_ERROR)
        return False
