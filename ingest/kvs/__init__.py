"""Kinesis Video Streams on the wire, one file for each API."""
