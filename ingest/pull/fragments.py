"""Mode `fragments`: the keyframes of the due instants, out of the fragments that hold them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime

from ingest.frames.messages import GapReason
from ingest.kvs.matroska import Fragment, FragmentError
from ingest.pull.extraction import Output, Taken
from ingest.pull.fetching import Fetcher
from ingest.pull.selection import Wanted, keyframe_for, settled


class FragmentTaker:
    """A `Taker` over GetMediaForFragmentList."""

    def __init__(self, output: Output) -> None:
        self._output = output
        archive, stream_name = output.ports.kvs.archive, output.stream_name
        self._fetcher = Fetcher(lambda numbers: archive.media(stream_name, numbers), output.ports.sleep)

    def take(self, wanted: Sequence[Wanted], until: datetime, time_left: Callable[[], bool]) -> Taken:
        """As `Taker` says."""
        taken = Taken(rest=list(wanted))
        for choice, media in self._fetched(wanted, time_left):
            taken.rest.remove(choice)
            broken = isinstance(media, FragmentError) or media.cut
            if broken and not settled(choice.fragment, until):
                taken.waiting = True
                continue
            for instant in choice.instants:
                put = self._put(instant, media)
                # Another fragment may bring it yet, unless this one covers it.
                if not broken and (put or instant in choice.covered):
                    taken.instants.add(instant)
        self._output.tell_gaps()
        return taken

    def _fetched(
        self, wanted: Sequence[Wanted], time_left: Callable[[], bool]
    ) -> Iterator[tuple[Wanted, Fragment | FragmentError]]:
        choices = {choice.fragment.number: choice for choice in wanted}
        with closing(self._fetcher.fetch([choice.fragment for choice in wanted])) as parts:
            for fragment, media in parts:
                self._output.tally.fragments += 1
                self._output.tally.bytes += fragment.size
                yield choices[fragment.number], media
                if not time_left():
                    return

    def _put(self, instant: datetime, media: Fragment | FragmentError) -> bool:
        """Put the frame of an instant, or note why there is none."""
        if isinstance(media, FragmentError):
            self._output.trouble(
                media.code, f"fragment {media.number} cannot be read: {media.code} {media.message}"
            )
        elif not media.keyframes:
            self._output.no_keyframe(media)
        else:
            keyframe = keyframe_for(self._output.camera, instant, media.keyframes)
            if keyframe is not None:
                return self._output.put_keyframe(instant, keyframe)
            self._output.gap(instant, GapReason.MEDIA_ERROR if media.cut else GapReason.GOP_TOO_LONG)
            return False
        self._output.gap(instant, GapReason.MEDIA_ERROR)
        return False
