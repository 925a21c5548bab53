"""The transform of the template, offline."""

from pathlib import Path

import pytest

from infra.local.stack.template import STUB, TemplateUnreadable, load


def test_the_products_template_becomes_plain_cloudformation() -> None:
    template = load()
    types = {resource.type for resource in template.resources.values()}
    assert "AWS::Lambda::EventSourceMapping" in types
    assert "AWS::Scheduler::Schedule" in types
    assert not {name for name in types if name.startswith("AWS::Serverless")}
    assert template.resources["PullFunction"].properties["Code"] == {"ZipFile": STUB}
    assert template.defaults()["RowRetentionDays"] == "400"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Resources: [", "is not valid YAML"),
        ("Resources: {F: {Type: AWS::Serverless::Function, Properties: {Typo: 1}}}", "is refused by SAM"),
    ],
)
def test_a_template_that_sam_does_not_take(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(TemplateUnreadable, match=sentence):
        load(path)


def test_a_missing_template_is_named(tmp_path: Path) -> None:
    with pytest.raises(TemplateUnreadable, match=r"nowhere\.yaml does not exist"):
        load(tmp_path / "nowhere.yaml")
