"""Tests of what the commands share on the terminal.

Elsewhere: extras.py in ../test_main.py and ../view/test_preview.py, detector_option.py in ../test_demo.py.
"""
