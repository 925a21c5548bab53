"""The state that every API works on (streams, fragments, limits, faults), and how a request is read."""
