from contextlib import ExitStack

import pytest

from infra.local.kvs.service.connections import ConnectionQuota
from infra.local.kvs.service.errors import ConnectionLimitExceededException
from infra.local.kvs.service.streams import Stream

ENTRANCE, EXIT = (Stream(name, f"arn/{name}", 0.0) for name in ("entrance", "exit"))


@pytest.fixture
def connections() -> ConnectionQuota:
    return ConnectionQuota(ConnectionLimitExceededException)


def test_a_connection_beyond_the_quota_is_refused_until_another_ends(connections: ConnectionQuota) -> None:
    with connections.hold(ENTRANCE, 2), ExitStack() as others:
        others.enter_context(connections.hold(ENTRANCE, 2))
        others.enter_context(connections.hold(EXIT, 2))
        third = connections.hold(ENTRANCE, 2)
        with pytest.raises(ConnectionLimitExceededException, match="entrance has 2 connections"):
            others.enter_context(third)
        others.close()
        others.enter_context(connections.hold(ENTRANCE, 2))


def test_a_connection_whose_client_has_left_does_not_count(connections: ConnectionQuota) -> None:
    here = [True]
    with connections.hold(ENTRANCE, 1, is_open=lambda: here[0]) as left:
        assert left.counts
        here.clear()
        here.append(False)
        with connections.hold(ENTRANCE, 1) as newer:
            assert (left.counts, newer.counts) == (False, True)
            assert not left.replaced


def test_the_oldest_is_replaced_where_that_is_asked_for(connections: ConnectionQuota) -> None:
    with connections.hold(ENTRANCE, 1) as oldest, connections.hold(ENTRANCE, 1, replace_oldest=True) as newer:
        assert (oldest.replaced, newer.replaced) == (True, False)
        assert (oldest.counts, newer.counts) == (False, True)
