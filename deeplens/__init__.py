"""DeepLens unit -> frame bucket: sends a frame for each sample instant. Self-contained, for Python 3.7.

It needs the standard library, boto3 (which brings dateutil), cv2 and numpy; `awscam` if the unit has it, and
`paho-mqtt` to send status to AWS IoT.
"""
