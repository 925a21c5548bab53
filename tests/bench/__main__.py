"""`make bench`: all benchmarks, or those named: `make bench ARGS="keyframes counter"`."""

import importlib
import os
import pkgutil
import sys

import tests.bench


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all, one after the other. Exits with a sentence for an unknown name."""
    known = [found.name for found in pkgutil.iter_modules(tests.bench.__path__) if found.name[0] != "_"]
    for name in names:
        if name not in known:
            sys.exit(f"benchmark {name!r} is unknown: choose from {', '.join(known)}")
    os.environ["POWERTOOLS_METRICS_NAMESPACE"] = "bench"
    for name in names or known:
        print(f"== {name}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
