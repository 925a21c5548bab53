"""Cameras for the local cloud: a simulated store, whose true numbers are known, and real video."""
