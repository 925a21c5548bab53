"""A stack of an earlier version is updated in place: nothing is replaced, and its state is read as it is.

`template.yaml` is the template as of commit 332b0b1, unchanged.
"""
