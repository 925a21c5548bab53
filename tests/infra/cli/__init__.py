"""Tests of the command line, in the folders of `infra/cli`.

test_demo.py and test_local.py cover local_options.py, too; test_local.py runs `python -m infra.cli`.
"""
