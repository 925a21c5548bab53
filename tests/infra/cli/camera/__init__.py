"""Tests of `occupancy camera`. ../test_tagged_streams.py covers tag_command.py.

test_command.py covers lookup.py, options.py and senders.py, test_import_command.py covers import_plan.py, and
../view/test_preview.py covers view_command.py, and test_store_zone.py covers leaving.py.
"""
