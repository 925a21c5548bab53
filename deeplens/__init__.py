"""DeepLens unit -> frame bucket: a frame for each sample instant. Self-contained, for Python 3.7.

It needs the standard library, boto3 (and dateutil, which comes with it), cv2 and numpy; `awscam` where the
unit has it, `paho-mqtt` where status is to go to AWS IoT.
"""
