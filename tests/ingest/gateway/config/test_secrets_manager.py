import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ingest.gateway.config.secrets import MissingSecret, Secrets
from ingest.gateway.config.secrets_manager import secrets_manager
from tests.credentials import PASSWORD, TOKEN, USER


@pytest.fixture
def manager() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("secretsmanager")


def test_a_secret_of_secrets_manager_by_its_name_and_by_its_arn(manager: Any) -> None:
    arn = manager.create_secret(Name="shop/door", SecretString=f"{USER}:{TOKEN}")["ARN"]
    secrets = Secrets({}, secrets_manager(manager))

    for name in ("shop/door", arn):
        url, shown = secrets.fill(f"rtsp://${{secretsmanager:{name}}}@host/stream")
        assert url == f"rtsp://{USER}:{TOKEN}@host/stream"
        assert shown == "rtsp://host/stream"


def test_the_newest_version_of_a_secret_is_read(manager: Any) -> None:
    manager.create_secret(Name="shop/door", SecretString=TOKEN)
    secrets = Secrets({}, secrets_manager(manager))
    manager.put_secret_value(SecretId="shop/door", SecretString=PASSWORD)

    assert secrets.fill("${secretsmanager:shop/door}")[0] == PASSWORD


def test_a_secret_that_is_not_there_or_deleted_is_named(manager: Any) -> None:
    manager.create_secret(Name="shop/till", SecretString=TOKEN)
    manager.delete_secret(SecretId="shop/till")
    secrets = Secrets({}, secrets_manager(manager))

    for name, code in (("shop/door", "ResourceNotFoundException"), ("shop/till", "InvalidRequestException")):
        with pytest.raises(MissingSecret) as missing:
            secrets.fill(f"rtsp://${{secretsmanager:{name}}}@host/")
        assert str(missing.value) == (
            f"secret '{name}' of Secrets Manager cannot be read: GetSecretValue: {code}; see"
            " `occupancy gateway policy` for the permission it needs"
        )


def test_a_secret_without_text_is_named(manager: Any) -> None:
    manager.create_secret(Name="shop/door", SecretBinary=TOKEN.encode())

    with pytest.raises(
        MissingSecret, match="secret 'shop/door' of Secrets Manager contains no text: store the secret alone"
    ):
        Secrets({}, secrets_manager(manager)).fill("${secretsmanager:shop/door}")


def test_a_secret_of_keys_and_values_is_named(manager: Any) -> None:
    """As the console stores them; no single value can be chosen."""
    manager.create_secret(Name="shop/door", SecretString=json.dumps({"user": USER, "password": PASSWORD}))

    with pytest.raises(MissingSecret, match="secret 'shop/door' of Secrets Manager contains keys and"):
        Secrets({}, secrets_manager(manager)).fill("${secretsmanager:shop/door}")
