"""No change of the template is ignored silently."""

import pytest

from infra.local.stack import coverage
from infra.local.stack.coverage import UncoveredProperty
from infra.local.stack.resources import Resource
from infra.local.stack.template import load


def test_the_products_template_is_covered_whatever_its_conditions() -> None:
    coverage.check(load().resources.values())


def test_no_property_stands_in_two_tables() -> None:
    tables = [coverage.BY_CLOUDFORMATION, coverage.BY_CALLS, coverage.BY_THE_RUNNER, coverage.HARMLESS]
    pairs = [(kind, name) for table in tables for kind, names in table.items() for name in names]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize(
    "resource",
    [
        Resource("Bucket", "AWS::S3::Bucket", {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}}),
        Resource("Mapping", "AWS::Lambda::EventSourceMapping", {"FilterCriteria": {}}),
        Resource("Bus", "AWS::Events::EventBus", {"Name": "a"}),
        Resource("Cluster", "AWS::ECS::Cluster", {}),
    ],
)
def test_what_nobody_makes_true_is_named(resource: Resource) -> None:
    with pytest.raises(UncoveredProperty, match=resource.logical_id):
        coverage.check([resource])
