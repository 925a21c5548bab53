from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
from moto import mock_aws

from counter.recount.entries import RecountEntries
from counter.recount.entry import LEASE, Recount
from infra.cli.aws.stack import find_stack
from infra.cli.doctor.checks.clients import clients
from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.recounts import check_recounts, judge_recounts
from tests.infra.cli.stack_stub import TEMPLATE, deploy

START = datetime(2026, 11, 1, tzinfo=UTC)
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
HALF = START + timedelta(days=12)
RECOUNT = Recount("till", START, START + timedelta(days=30), "aa", 80.0, HALF, HALF + timedelta(days=1))


def test_one_that_was_stopped_is_named_with_the_command_that_finishes_it() -> None:
    """By Ctrl-C, or by a kill: it has not said for a while that it runs."""
    for stopped in (RECOUNT, RECOUNT.owned("killed", NOW - LEASE)):
        (finding,) = judge_recounts([stopped], NOW)
        assert finding.level is Level.WARNING
        assert finding.what == (
            "a recount of camera 'till' was stopped when 40 % were done: the rest of its span has the former"
            " counts"
        )
        assert finding.do == (
            "finish it with `occupancy recount --camera till --from 2026-11-01T00:00Z --to 2026-12-01T00:00Z"
            " --min-confidence 80`"
        )


def test_one_that_runs_is_no_fault() -> None:
    (finding,) = judge_recounts([RECOUNT.owned("running", NOW)], NOW)
    assert (finding.level, finding.what) == (
        Level.NOTE,
        "the past of camera 'till' is being recounted, 40 % are done",
    )


def test_of_a_stack() -> None:
    with mock_aws():
        deploy()
        session = boto3.Session()
        stack = find_stack(session.client("cloudformation"), "store-occupancy")
        of = clients(session)
        assert [finding.level for finding in check_recounts(of, stack, NOW)] == [Level.OK]
        entries = RecountEntries(session.client("dynamodb"), stack.outputs["StoreTableName"])
        for name in ("door", "till"):
            entries.begin(replace(RECOUNT, camera_id=name), "killed", NOW - LEASE)
        assert [finding.level for finding in check_recounts(of, stack, NOW)] == [Level.WARNING] * 2


def test_a_stack_without_a_store_table_has_none() -> None:
    outputs = {name: value for name, value in TEMPLATE["Outputs"].items() if name != "StoreTableName"}
    with mock_aws():
        deploy(template={**TEMPLATE, "Outputs": outputs})
        session = boto3.Session()
        stack = find_stack(session.client("cloudformation"), "store-occupancy")
        assert [finding.level for finding in check_recounts(clients(session), stack, NOW)] == [Level.OK]
