"""The gateway's clocks, waits and rates."""
