"""`python -m infra.cli`: the same as `occupancy`, with the Python that runs it."""

from infra.cli.main import main

main()
