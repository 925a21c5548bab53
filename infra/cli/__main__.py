"""`python -m infra.cli`: the same as `occupancy`, by whichever Python runs it."""

from infra.cli.main import main

main()
