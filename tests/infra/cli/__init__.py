"""Tests of the command line, in the folders of `infra/cli`.

test_demo.py and test_local.py cover local_options.py, too. The simulated store runs `python -m infra.cli`
(`__main__`): see tests/infra/local/simulated_store.
"""
