"""Status messages to AWS IoT: MQTT over TLS with the unit's certificate, by paho-mqtt.

https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from deeplens.common.status_log import Book

if TYPE_CHECKING:
    from deeplens.common.settings import IotSettings

PART = "status"
LONGEST_WAIT = 120
"""Seconds between two attempts to connect, at most."""
REFUSAL = 10.0
"""Seconds after a message in which the end of the connection is taken for its refusal."""


class Mqtt:
    """A connection that is opened and kept by a thread of the client's own; nobody waits for it.

    At most once (QoS 0): AWS IoT cuts the connection of one who may not publish, and a message that is sent
    again with each connection would be refused without end.
    """

    def __init__(self, client_id: str, topic: str, iot: IotSettings, book: Book) -> None:
        self._topic, self._iot, self._book = topic, iot, book
        self._let_in = False
        self._said_at: float | None = None
        """When the latest message left on this connection."""
        self._refused = False
        """Whether a message seems to have cost the unit its connection; until one does not."""
        self._client = self._made(client_id)

    def start(self) -> None:
        """Connect, now or when there is a network."""
        if self._client is not None:
            self._client.connect_async(self._iot.endpoint, self._iot.port)
            self._client.loop_start()

    def stop(self) -> None:
        """Let what was published leave, and disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()

    def publish(self, message: str) -> bool:
        """Whether the message could be handed over."""
        if self._client is None or not self._client.is_connected():
            return False
        if self._said_at is not None:  # the connection outlived the message before
            self._refused = False
            self._book.fine(PART)
        self._said_at = time.monotonic()
        return bool(self._client.publish(self._topic, message, qos=0).rc == 0)

    def _made(self, client_id: str) -> Any:
        """The client; None where it cannot be, which is told."""
        try:
            from paho.mqtt.client import Client  # noqa: PLC0415 - a unit without IoT does not have it
            from paho.mqtt.enums import CallbackAPIVersion  # noqa: PLC0415
        except ImportError:
            self._book.problem(PART, "paho-mqtt 2 is not installed: status goes to the log alone")
            return None
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        try:
            client.tls_set(self._iot.ca, self._iot.certificate, self._iot.key)
        except (OSError, ValueError) as error:
            self._book.problem(
                PART, f"the unit's certificate cannot be used ({error}): status goes to the log alone"
            )
            return None
        client.reconnect_delay_set(1, LONGEST_WAIT)
        client.on_connect = self._connected
        client.on_connect_fail = self._failed
        client.on_disconnect = self._disconnected
        return client

    def _connected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self._let_in, self._said_at = not reason.is_failure, None
        if reason.is_failure:
            self._book.problem(PART, f"{self._iot.endpoint} refuses the unit: {reason}")
        elif not self._refused:
            self._book.fine(PART)

    def _failed(self, _client: Any, _data: Any) -> None:
        self._book.problem(PART, f"{self._iot.endpoint} cannot be reached: status goes to the log alone")

    def _disconnected(self, _client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if not (reason.is_failure and self._let_in):
            return  # we did it, or it has been told
        self._refused = self._said_at is not None and time.monotonic() - self._said_at < REFUSAL
        why = f": may the unit publish to {self._topic!r}?" if self._refused else f" ({reason})"
        self._book.problem(PART, f"{self._iot.endpoint} ended the connection{why}")
