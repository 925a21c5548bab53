"""Tests of `occupancy doctor`.

test_command.py runs doctor on a deployment in the local cloud with planted faults, and covers report.py and
the checks in deployment/ and cameras/; test_deployment.py judges settings that cannot be planted there.
"""
