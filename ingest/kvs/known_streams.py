"""What KVS answered about streams: retention and data endpoints, each with the time of the answer. Pure.

An account may call DescribeStream and GetDataEndpoint 300 times a second each (page "Amazon Kinesis Video
Streams service quotas"). Hundreds of cameras, each read by dozens of environments of a function, would need
more if each environment asked for itself. So the answers can be stored elsewhere and loaded again.
"""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zlib import crc32

from ingest.times import from_millis

Question = str
"""RETENTION, or the name of a data API whose endpoint is asked for."""
Value = str | int
Answers = Mapping[Question, tuple[Value, datetime]]
"""By question: KVS's answer (hours, or an URL), and when it was given."""

RETENTION = "RETENTION"
RETENTION_GOOD_FOR = timedelta(minutes=5)
"""A change of the retention is noticed within this time."""
ENDPOINT_GOOD_FOR = timedelta(days=1)
"""An endpoint that no longer serves its stream is noticed at once, by its answer."""


class KnownStreams:
    """The latest answers about each stream. Threads may share it. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._answers: dict[str, dict[Question, tuple[Value, datetime]]] = {}

    def answer(self, stream_name: str, question: Question) -> Value | None:
        """The answer, if it is known and still valid."""
        value, asked = self._answers.get(stream_name, {}).get(question, (None, None))
        if value is None or asked is None:
            return None
        # A time in the future is another machine's clock, or an edited item: it must not stay valid for ever.
        return value if abs(self._now() - asked) < good_for(stream_name, question, asked) else None

    def keep(self, stream_name: str, question: Question, value: Value) -> None:
        """Keep an answer that was just given."""
        self._answers.setdefault(stream_name, {})[question] = (value, self._now())

    def forget(self, stream_name: str, question: Question | None = None) -> None:
        """Forget an answer, or all answers about a stream: the stream contradicts them."""
        if question is None:
            self._answers.pop(stream_name, None)
        else:
            self._answers.get(stream_name, {}).pop(question, None)

    def learn(self, stream_name: str, answers: Answers) -> None:
        """Add answers that were kept elsewhere. The later of two answers to a question stays."""
        known = self._answers.setdefault(stream_name, {})
        for question, (value, asked) in answers.items():
            if question not in known or known[question][1] < asked:
                known[question] = (value, asked)

    def answers(self, stream_name: str) -> Answers:
        """All answers about a stream, to keep them elsewhere."""
        return dict(self._answers.get(stream_name, {}))

    def _now(self) -> datetime:
        return from_millis(round(self._clock() * 1000))


def good_for(stream_name: str, question: Question, asked: datetime) -> timedelta:
    """How long an answer is used: between half its validity and all of it.

    It differs by stream and by answer, so that the next lookups of streams that were looked up together are
    spread.
    """
    most = RETENTION_GOOD_FOR if question == RETENTION else ENDPOINT_GOOD_FOR
    share = crc32(f"{stream_name} {question} {asked.isoformat()}".encode()) / 2**32
    return most * (1 + share) / 2
