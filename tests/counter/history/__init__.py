"""The history, from the format of a line to the closing's runs.

`beginning.py` and `month.py` are covered by test_run.py, `bucket.py`, `day.py` and `marking.py` by
test_faults.py.
"""
