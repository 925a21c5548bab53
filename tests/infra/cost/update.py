"""Writes `infra/cost/counts.toml` and the tables of the documents: `python -m tests.infra.cost.update`."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.infra.cost.measured import counted

COUNTS = Path(__file__).parents[3] / "infra/cost/counts.toml"
MARK = "[counted]"


def main() -> None:
    """Run the handlers, then rewrite the files. The assumptions of `counts.toml` stay."""
    head, _, _ = COUNTS.read_text(encoding="utf-8").partition(MARK)
    COUNTS.write_text(head + toml(counted()), encoding="utf-8")
    # In a process of its own, which reads the new counts.
    subprocess.run([sys.executable, "-m", "tests.infra.cost.documents"], check=True)


def toml(found: Mapping[str, Any]) -> str:
    """The table `counted` with its sub-tables, as TOML."""
    plain = {name: value for name, value in found.items() if not isinstance(value, Mapping)}
    lines = [MARK, *(f"{name} = {value}" for name, value in plain.items())]
    for name, table in found.items():
        if isinstance(table, Mapping):
            lines += ["", f"[counted.{name}]", *(f"{key} = {value}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
