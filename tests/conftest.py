"""Dummy credentials and a region for every test; nothing may reach a real cloud."""

from functools import cache

import botocore.session
import pytest
from hypothesis import settings

# Else each boto3 session reads the JSON models of its services again, tens of milliseconds each.
botocore.session.create_loader = cache(botocore.session.create_loader)

# No test asserts a time: a busy machine may be slow.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def aws_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give boto3 in every test: credentials that open nothing, no profile, no metadata service."""
    if request.node.get_closest_marker("own_cloud"):
        return
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "store-occupancy",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
