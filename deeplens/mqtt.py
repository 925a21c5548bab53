"""Sends status messages to AWS IoT: MQTT over TLS with the unit's certificate, with paho-mqtt.

https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from deeplens.common.status_log import StatusLog

if TYPE_CHECKING:
    from deeplens.common.settings import IotSettings

PART = "status"
LONGEST_WAIT = 120
"""The most seconds between two attempts to connect."""
REFUSAL = 10.0
"""If the connection ends within so many seconds after a message, the message was probably refused."""


class Mqtt:
    """A connection that a thread of the client opens and keeps; nobody waits for it.

    Messages are sent at most once (QoS 0): AWS IoT cuts the connection of a client that may not publish, and
    a message that is repeated on each connection would be refused forever.
    """

    def __init__(self, client_id: str, topic: str, iot: IotSettings, status_log: StatusLog) -> None:
        self._topic, self._iot, self._status_log = topic, iot, status_log
        self._accepted = False
        self._published_at: float | None = None
        """When the latest message was sent on this connection."""
        self._refused = False
        """Whether the latest message probably ended the connection."""
        self._client = self._make(client_id)

    def start(self) -> None:
        """Connect, now or as soon as there is a network."""
        if self._client is not None:
            self._client.connect_async(self._iot.endpoint, self._iot.port)
            self._client.loop_start()

    def stop(self) -> None:
        """Send what was published, and disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def publish(self, message: str) -> bool:
        """Send a message; return whether the client took it."""
        if self._client is None or not self._client.is_connected():
            return False
        if self._published_at is not None:  # the connection survived the previous message
            self._refused = False
            self._status_log.fine(PART)
        self._published_at = time.monotonic()
        return bool(self._client.publish(self._topic, message, qos=0).rc == 0)

    def _make(self, client_id: str) -> Any:
        """Return the client; None, and a problem, if it cannot be made."""
        try:
            from paho.mqtt.client import Client  # noqa: PLC0415 - a unit without IoT does not have it
            from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
        except ImportError:
            self._status_log.problem(PART, "paho-mqtt 2 is not installed: status goes to the log only")
            return None
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        try:
            client.tls_set(self._iot.ca, self._iot.certificate, self._iot.key)
        except (OSError, ValueError) as error:
            self._status_log.problem(
                PART, f"the unit's certificate cannot be used ({error}): status goes to the log only"
            )
            return None
        client.reconnect_delay_set(1, LONGEST_WAIT)
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._disconnected
        return client

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._accepted, self._published_at = not reason.is_failure, None
        if reason.is_failure:
            self._status_log.problem(PART, f"{self._iot.endpoint} refuses the unit: {reason}")
        elif not self._refused:
            self._status_log.fine(PART)

    def _failed(self, _client: Any, _data: Any) -> None:
        self._status_log.problem(PART, f"{self._iot.endpoint} cannot be reached: status goes to the log only")

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not (reason.is_failure and self._accepted):
            return  # the unit disconnected, or the problem is reported already
        self._refused = self._published_at is not None and time.monotonic() - self._published_at < REFUSAL
        why = f": may the unit publish to {self._topic!r}?" if self._refused else f" ({reason})"
        self._status_log.problem(PART, f"{self._iot.endpoint} ended the connection{why}")
