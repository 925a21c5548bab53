"""docs/deeplens.md names settings, commands and outputs that exist."""

import re
import shlex

import yaml

from deeplens.common.settings import READERS, Settings
from deeplens.upload import LONGEST_WAIT
from tests.infra.deeplens.test_unit_template import TEMPLATE
from tests.infra.documented import assert_understood
from tests.infra.rendered import ROOT, transformed

PAGE = (ROOT / "docs" / "deeplens.md").read_text()


def test_the_table_has_every_setting_with_its_default() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| .* \| ?(.*) \|$", PAGE, re.MULTILINE))
    assert list(table) == list(READERS)
    settings = Settings("frames", "CAMERA")
    for name in ("sample_every", "time_zone", "jpeg_quality", "device", "display_fifo", "spool", "spool_mb"):
        assert table[name].strip("`") == str(getattr(settings, name))
    assert table["status_topic"].strip("`") == settings.topic


def test_the_commands_are_understood() -> None:
    lines = re.findall(r"^    \.venv/bin/(occupancy .*)$", PAGE, re.MULTILINE)
    assert len(lines) == 2
    for line in lines:
        assert_understood(shlex.split(line)[1:])


def test_what_is_named_exists() -> None:
    for path in re.findall(r"infra/deeplens/[\w.]+", PAGE):
        assert (ROOT / path).exists()
    outputs = transformed()["Outputs"]
    assert all(name in outputs for name in re.findall(r"output `(\w+)`", PAGE))
    given = set(re.findall(r'\b([A-Z]\w+)=[\w"$]', PAGE)) & set(TEMPLATE["Parameters"])
    assert given == set(TEMPLATE["Parameters"])
    assert f"at most {LONGEST_WAIT / 60:.0f} min" in PAGE


def test_what_the_recipe_has_to_be_given() -> None:
    recipe = yaml.safe_load((ROOT / "infra/deeplens/recipe.yaml").read_text())
    defaults = recipe["ComponentConfiguration"]["DefaultConfiguration"]
    assert '{"bucket": "BUCKET", "camera_id": "till-1"}' in PAGE
    assert [name for name, value in defaults.items() if value == ""] == ["bucket", "camera_id"]
