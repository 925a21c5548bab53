"""A stack of an earlier version is updated in place: nothing is replaced, and its state is read as it is.

`template.yaml` is the template as of commit 332b0b1, unchanged. `state.json` is what the functions of that
commit left in its tables, queues and bucket in the local cloud, stopped in the midst of their work: quarter
hours that are counted and closed; frames in the bucket whose events wait in the queue, among them one with a
key of the original DeepLens function; a gap notice; pull requests that nobody has received; dead letters; a
lease whose holder died; a picture that was asked for and not fetched. The simulated video continues after it.
"""
