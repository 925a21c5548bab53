"""The store gateway: a shop's cameras into Kinesis Video Streams, from one process on a box in the shop."""
