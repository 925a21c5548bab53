"""Tests of ListFragments, GetMedia and GetMediaForFragmentList.

The tests of the two readers also cover `documents`, byte for byte; `test_mkvinfo` checks them with mkvinfo.
"""
