"""Checks whether the organisation has opted out of AWS keeping what its AI services are given.

Source: AWS Organizations, "AI services opt-out policies" (User Guide), "DescribeEffectivePolicy" (API
Reference).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from infra.cli.doctor.checks.findings import Finding, note, ok, warning
from ingest.aws.failures import DENIED, code_of

NO_POLICY = frozenset({"EffectivePolicyNotFoundException", "AWSOrganizationsNotInUseException"})
"""No policy applies to the account, or it is in no organisation."""
STEP = 'docs/deploy.md, "Opt out of AWS keeping images"'
_KEPT = "AWS may keep the frames that Rekognition is given, to improve its services: {why}"


def check_opt_out(organizations: Any) -> Iterator[Finding]:
    """The AI services opt-out policy that applies to this account; the client is one of Organizations."""
    try:
        answer = organizations.describe_effective_policy(PolicyType="AISERVICES_OPT_OUT_POLICY")
    except ClientError as error:
        code = code_of(error)
        if code in NO_POLICY:
            yield judge_opt_out(None)
        elif code in DENIED:
            yield note(
                "whether AWS may keep the frames that Rekognition is given cannot be seen: these credentials"
                " may not organizations:DescribeEffectivePolicy",
                f"ask whoever manages the organisation, see {STEP}",
            )
        else:
            raise
        return
    yield judge_opt_out(json.loads(answer["EffectivePolicy"]["PolicyContent"]))


def judge_opt_out(policy: Mapping[str, Any] | None) -> Finding:
    """`policy`: the effective policy of the account, None if there is none."""
    if policy is None:
        return warning(_KEPT.format(why="no opt-out policy applies to this account"), f"opt out, see {STEP}")
    services = policy.get("services", {})
    chosen = services.get("rekognition", services.get("default", {})).get("opt_out_policy")
    if chosen == "optOut":
        return ok("the organisation has opted out of AWS keeping the frames that Rekognition is given")
    why = f"the opt-out policy of this account says {chosen or 'nothing'} for Rekognition"
    return warning(_KEPT.format(why=why), f"opt out, see {STEP}")
