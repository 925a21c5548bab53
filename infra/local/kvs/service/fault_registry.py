"""The faults of a running service. Any thread may add and remove them."""

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock

from infra.local.kvs.service.fault import Fault, FaultKind


@dataclass
class _Record:
    occasions: int = 0
    struck: int = 0


class FaultRegistry:
    """`apis` are the API names that a fault may give."""

    def __init__(self, apis: Collection[str]) -> None:
        self._apis = apis
        self._lock = Lock()
        self._records: dict[Fault, _Record] = {}

    def add(self, fault: Fault) -> None:
        """Activate a fault; adding it again resets its counts. Raises InvalidFault for an unknown API."""
        fault.check_apis(self._apis)
        with self._lock:
            self._records[fault] = _Record()

    def remove(self, fault: Fault) -> None:
        """Deactivate a fault, if it is active."""
        with self._lock:
            self._records.pop(fault, None)

    def clear(self) -> None:
        """Deactivate all faults."""
        with self._lock:
            self._records.clear()

    @property
    def struck(self) -> dict[Fault, int]:
        """How often each fault has struck, in the order in which they were added."""
        with self._lock:
            return {fault: record.struck for fault, record in self._records.items()}

    def aimed(self, api: str, stream: str | None, *kinds: FaultKind) -> list[Fault]:
        """The faults that can strike a call of `api` on `stream`, restricted to `kinds` if any are given."""
        with self._lock:
            return [
                fault
                for fault in self._records
                if fault.aims_at(api, stream) and (not kinds or fault.kind in kinds)
            ]

    def any_aimed(self, api: str) -> bool:
        """Whether any fault can strike this API, on any stream."""
        with self._lock:
            return any(fault.apis is None or api in fault.apis for fault in self._records)

    def strike(self, fault: Fault) -> bool:
        """Count an occasion; whether the fault strikes it."""
        with self._lock:
            record = self._records.get(fault)
            if record is None:
                return False
            record.occasions += 1
            spent = fault.times is not None and record.struck >= fault.times
            if record.occasions <= fault.after or spent:
                return False
            record.struck += 1
            return True

    def image_error(self, stream: str, time_ms: int) -> str | None:
        """The Error that GetImages gives instead of the image at producer time `time_ms`, or None."""
        for fault in self.aimed("GetImages", stream, FaultKind.NO_MEDIA, FaultKind.MEDIA_ERROR):
            after_start = fault.start_ms is None or fault.start_ms <= time_ms
            before_end = fault.end_ms is None or time_ms <= fault.end_ms
            if after_start and before_end and self.strike(fault):
                return "NO_MEDIA" if fault.kind is FaultKind.NO_MEDIA else "MEDIA_ERROR"
        return None

    def document_error(self, api: str, stream: str, nth: int) -> int | None:
        """The in-band ErrorId that `api` sends instead of the `nth` fragment of its response, or None."""
        for fault in self.aimed(api, stream, FaultKind.ERROR_DOCUMENT):
            if fault.fragment in (None, nth) and self.strike(fault):
                return fault.error_id
        return None
