"""What is wrong with a camera and why, from its rows and its registry item alone.

The daily message and `occupancy doctor` use the same rules and the same words.
"""
