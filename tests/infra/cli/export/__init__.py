"""Tests of `occupancy export`. test_command.py covers choice.py, reading.py, records.py and series.py;
test_formats.py covers columns.py.

The tests of Parquet need pyarrow, which `make test-system` installs.
"""
