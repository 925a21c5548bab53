import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from botocore.credentials import RefreshableCredentials

from ingest.gateway.uplink.destination import CHECK_SECONDS, Destination, NoCredentials
from tests.credentials import AWS_SECRET, AWS_TOKEN
from tests.ingest.gateway.conftest import Kvs


def renewed(lifetimes: list[timedelta]) -> RefreshableCredentials:
    """Credentials of a role; the n-th ones live for the n-th lifetime."""
    numbers = count()

    def fetch() -> dict[str, str]:
        number = next(numbers)
        expiry = datetime.now(UTC) + lifetimes[min(number, len(lifetimes) - 1)]
        return {
            "access_key": f"key-{number}",
            "secret_key": AWS_SECRET,
            "token": AWS_TOKEN,
            "expiry_time": expiry.isoformat(),
        }

    return RefreshableCredentials.create_from_metadata(fetch(), fetch, "test")


@pytest.mark.parametrize(
    ("lifetimes", "expected"),
    [
        ([timedelta(hours=1)], ["key-0", "key-0", "key-0"]),
        # botocore has newer ones ten minutes before they expire: then a connection is renewed.
        ([timedelta(minutes=5), timedelta(hours=1)], ["key-1", "key-1", "key-1"]),
        ([timedelta(minutes=5)] * 9, ["key-1", "key-1", "key-2"]),
    ],
)
def test_newer_credentials_are_seen_before_the_old_ones_expire(
    kvs: Kvs, lifetimes: list[timedelta], expected: list[str]
) -> None:
    now = 0.0
    destination = Destination(kvs.control, renewed(lifetimes), lambda: now)
    seen = []
    for later in (0.0, CHECK_SECONDS, CHECK_SECONDS + 1):
        now = later
        seen.append(asyncio.run(destination.credentials()).access_key)

    assert seen == expected


def test_without_credentials_the_way_to_them_is_named(kvs: Kvs) -> None:
    with pytest.raises(NoCredentials, match="no AWS credentials were found: see docs/gateway"):
        asyncio.run(Destination(kvs.control, None, lambda: 0.0).place("door"))


def test_an_endpoint_is_asked_for_once_and_after_a_failure(kvs: Kvs) -> None:
    calls: list[str] = []
    control = kvs.control
    control.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    destination = Destination(control, renewed([timedelta(hours=1)]), lambda: 0.0)

    for _ in range(3):
        place = asyncio.run(destination.place("door"))
    destination.forget("door")
    asyncio.run(destination.place("door"))

    assert (place.target.endpoint, place.target.region, place.retention) == (
        kvs.server.url,
        "us-east-1",
        True,
    )
    assert calls == ["GetDataEndpoint", "DescribeStream"] * 2
