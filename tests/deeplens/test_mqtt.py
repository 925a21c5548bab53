"""Status to AWS IoT: with the unit's certificate, at most once; a refusal is named and stops nothing."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deeplens.common.settings import IotSettings
from deeplens.common.status_log import StatusLog
from deeplens.mqtt import Mqtt
from tests.awaiting import await_that
from tests.deeplens.broker import Broker
from tests.deeplens.certificates import Certificates

TOPIC = "store-occupancy/till-1/status"


@pytest.fixture
def status_log() -> StatusLog:
    return StatusLog()


Unit = Callable[[int], Mqtt]


@pytest.fixture
def unit(pki: Certificates, status_log: StatusLog) -> Unit:
    """The unit's client for a broker's port."""
    paths = str(pki.unit.certificate), str(pki.unit.key), str(pki.ca)
    return lambda port: Mqtt("till-1", TOPIC, IotSettings("127.0.0.1", *paths, port), status_log)


def test_a_message_goes_out_with_the_units_certificate(
    pki: Certificates, unit: Unit, status_log: StatusLog
) -> None:
    with Broker(pki.demanding()) as broker:
        mqtt = unit(broker.port)
        assert not mqtt.publish("before the connection stands")
        mqtt.start()
        await_that(lambda: mqtt.publish('{"sent": 1}'))
        await_that(lambda: len(broker.published) > 0)
        mqtt.stop()
    assert broker.clients == [("till-1", "unit")]
    assert broker.published == [(TOPIC, '{"sent": 1}')]
    assert status_log.problems == {}


@pytest.mark.system
@pytest.mark.skipif(shutil.which("mosquitto") is None, reason="no mosquitto here")
def test_a_real_broker_takes_it(pki: Certificates, unit: Unit, status_log: StatusLog, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    config, log = tmp_path / "mosquitto.conf", tmp_path / "mosquitto.log"
    config.write_text(
        f"listener {port} 127.0.0.1\ncafile {pki.ca}\ncertfile {pki.server.certificate}\n"
        f"keyfile {pki.server.key}\nrequire_certificate true\nuse_identity_as_username true\n"
        f"user root\nlog_type all\nlog_dest file {log}\n"
    )
    broker = subprocess.Popen(["mosquitto", "-c", str(config)])
    try:
        mqtt = unit(port)
        mqtt.start()
        await_that(lambda: mqtt.publish('{"sent": 1}'))
        await_that(lambda: "Received PUBLISH from till-1" in log.read_text())
        mqtt.stop()
        assert f"'{TOPIC}', ... (11 bytes)" in log.read_text()
        assert "u'unit'" in log.read_text()
    finally:
        broker.terminate()
        broker.wait(10)


def test_a_refused_connection_is_named(pki: Certificates, unit: Unit, status_log: StatusLog) -> None:
    with Broker(pki.demanding(), refusal=5) as broker:
        mqtt = unit(broker.port)
        mqtt.start()
        await_that(lambda: "status" in status_log.problems)
        assert not mqtt.publish("{}")
        mqtt.stop()
    assert "127.0.0.1 refuses the unit: Not authorized" in status_log.last_error


def test_a_refused_message_is_named_and_not_sent_again(
    pki: Certificates, unit: Unit, status_log: StatusLog
) -> None:
    with Broker(pki.demanding(), cuts=True) as broker:
        mqtt = unit(broker.port)
        mqtt.start()
        await_that(lambda: mqtt.publish("{}"))
        await_that(lambda: len(broker.clients) == 2)  # it has connected anew
        assert f"may the unit publish to {TOPIC!r}?" in status_log.problems["status"]
        assert broker.published == [(TOPIC, "{}")]
        broker.cuts = False  # the policy is put right
        await_that(lambda: mqtt.publish("{}") and mqtt.publish("{}"))
        assert status_log.problems == {}
        mqtt.stop()


def test_without_a_network_it_waits(unit: Unit, status_log: StatusLog) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port: int = closed.getsockname()[1]
    mqtt = unit(port)
    mqtt.start()
    await_that(lambda: "status" in status_log.problems)
    assert "127.0.0.1 cannot be reached" in status_log.problems["status"]
    assert not mqtt.publish("{}")
    mqtt.stop()


def test_a_certificate_that_is_none_leaves_the_log(tmp_path: Path, status_log: StatusLog) -> None:
    pem = tmp_path / "unit.pem"
    pem.write_text("not a certificate")
    mqtt = Mqtt("till-1", TOPIC, IotSettings("127.0.0.1", str(pem), str(pem)), status_log)
    mqtt.start()
    assert not mqtt.publish("{}")
    mqtt.stop()
    assert "certificate cannot be used" in status_log.problems["status"]


def test_without_the_client_the_log_is_left(
    status_log: StatusLog, unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "paho.mqtt.client", None)
    mqtt = unit(8883)
    mqtt.start()
    assert not mqtt.publish("{}")
    mqtt.stop()
    assert status_log.problems["status"] == "paho-mqtt 2 is not installed: status goes to the log only"
