import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError

from ingest.aws.log import silence_botocore
from tests.aws_errors import QUOTED_TOKEN, assert_hidden, refused


@pytest.fixture(autouse=True)
def level() -> Iterator[None]:
    logger = logging.getLogger("botocore")
    before = logger.level
    logger.setLevel(logging.NOTSET)
    yield
    logger.setLevel(before)


def refresh() -> dict[str, Any]:
    raise refused("ExpiredTokenException")("AssumeRole")


def failed_refresh() -> None:
    soon = datetime.now(UTC) + timedelta(minutes=12)  # advisory: botocore logs the failure and goes on
    credentials = RefreshableCredentials("key", "secret", "token", soon, refresh, "assume-role")
    assert credentials.get_frozen_credentials().access_key == "key"


def test_a_failed_refresh_of_credentials_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    failed_refresh()
    assert QUOTED_TOKEN in caplog.text  # what botocore does by itself
    caplog.clear()
    silence_botocore()
    failed_refresh()
    assert_hidden(caplog.text)
    with pytest.raises(ClientError):
        refresh()
