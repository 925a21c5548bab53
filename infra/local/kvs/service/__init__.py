"""What every API works on: streams, fragments, limits and faults, and the reading of its request."""
