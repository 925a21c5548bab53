"""A Kinesis Video Streams service for one machine, true to the wire."""
