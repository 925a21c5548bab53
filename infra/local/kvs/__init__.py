"""A Kinesis Video Streams service for one machine, faithful on the wire."""
