"""Doctor's finding about the AI services opt-out policy: opted out, not, cannot be seen."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.cli.doctor.checks.findings import Level
from infra.cli.doctor.deployment.opt_out import STEP, check_opt_out, judge_opt_out
from tests.infra.rendered import ROOT


@pytest.mark.parametrize(
    ("services", "level"),
    [
        ({"default": {"opt_out_policy": "optOut"}}, Level.OK),
        ({"rekognition": {"opt_out_policy": "optOut"}}, Level.OK),
        ({"default": {"opt_out_policy": "optIn"}, "rekognition": {"opt_out_policy": "optOut"}}, Level.OK),
        (
            {"default": {"opt_out_policy": "optOut"}, "rekognition": {"opt_out_policy": "optIn"}},
            Level.WARNING,
        ),
        ({"default": {"opt_out_policy": "optIn"}}, Level.WARNING),
        ({"lex": {"opt_out_policy": "optOut"}}, Level.WARNING),
        ({}, Level.WARNING),
    ],
)
def test_rekognition_s_own_choice_comes_before_the_default(services: dict[str, Any], level: Level) -> None:
    assert judge_opt_out({"services": services}).level is level


@dataclass(frozen=True)
class Organizations:
    """DescribeEffectivePolicy with this policy, or this error."""

    policy: dict[str, Any] | None = None
    code: str = ""

    def describe_effective_policy(self, PolicyType: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert PolicyType == "AISERVICES_OPT_OUT_POLICY"
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "DescribeEffectivePolicy")
        return {"EffectivePolicy": {"PolicyContent": json.dumps(self.policy)}}


@pytest.mark.parametrize(
    ("organizations", "level", "words"),
    [
        (Organizations({"services": {"default": {"opt_out_policy": "optOut"}}}), Level.OK, "has opted out"),
        (Organizations(code="EffectivePolicyNotFoundException"), Level.WARNING, "no opt-out policy applies"),
        (Organizations(code="AWSOrganizationsNotInUseException"), Level.WARNING, "no opt-out policy applies"),
        (Organizations(code="AccessDeniedException"), Level.NOTE, "may not organizations:DescribeEffectiveP"),
    ],
)
def test_what_organizations_answers(organizations: Organizations, level: Level, words: str) -> None:
    (finding,) = check_opt_out(organizations)
    assert (finding.level, words in finding.what) == (level, True)
    assert finding.is_failure is False


def test_another_error_is_not_taken_for_an_answer() -> None:
    with pytest.raises(ClientError):
        list(check_opt_out(Organizations(code="TooManyRequestsException")))


def test_the_step_is_in_the_documents() -> None:
    assert f". {STEP.split(chr(34))[1]}\n" in (ROOT / "docs/deploy.md").read_text()
