"""Cameras for the local cloud: a simulated store, whose true counts are known, and real video."""
