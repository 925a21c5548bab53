"""What is said in these tests is overheard."""

from tests.overhearing import overheard

__all__ = ["overheard"]  # a fixture for all tests here
