"""How long each handler takes to import, in a fresh interpreter, as a ratio to `import boto3`."""

import subprocess
import sys
from statistics import median

ROUNDS = 15
MODULES = (
    "boto3",
    "ingest.schedule",
    "ingest.pull.handler",
    "counter.counting.handler",
    "counter.closing.handler",
)
PROGRAM = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def main() -> None:
    """Print the table: medians of rounds in which every module has its turn."""
    seconds: dict[str, list[float]] = {module: [] for module in MODULES}
    for _ in range(ROUNDS):
        for module in MODULES:
            seconds[module].append(_import(module))
    print(f"median of {ROUNDS} rounds   ms   of boto3")
    for module in MODULES:
        time = median(seconds[module])
        print(f"{module:19}  {time * 1000:6.0f}  {time / median(seconds['boto3']):8.2f}")


def _import(module: str) -> float:
    program = [sys.executable, "-c", PROGRAM.format(module)]
    return float(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
