"""The context object that Lambda gives a handler, as far as Python handlers use it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4


@dataclass(frozen=True)
class LambdaContext:
    """One invocation. `deadline` is on `monotonic`'s scale, in seconds."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    deadline: float
    monotonic: Callable[[], float] = time.monotonic
    aws_request_id: str = field(default_factory=lambda: str(uuid4()))
    function_version: str = "$LATEST"

    @property
    def log_group_name(self) -> str:
        """Where Lambda would log."""
        return f"/aws/lambda/{self.function_name}"

    @property
    def log_stream_name(self) -> str:
        """The log stream: on Lambda each execution environment has its own, here there is only one."""
        return "local"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's time-out; 0 after it."""
        return max(0, round((self.deadline - self.monotonic()) * 1000))
