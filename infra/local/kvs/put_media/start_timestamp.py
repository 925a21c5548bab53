"""Reads x-amzn-producer-start-timestamp, which the producers write in two ways. Pure."""

import re

from infra.local.kvs.service.errors import InvalidArgumentException


def start_ms(text: str) -> int:
    """Epoch milliseconds. Raises InvalidArgumentException.

    Up to three digits after the point are whole milliseconds, because Amazon's C and C++ producers print
    them without leading zeros: `1795393393.16` is .016 s. Other producers write decimals, but always three
    (where both readings agree), seven or none.
    """
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,9}))?", text.strip())
    if match is None:
        raise InvalidArgumentException(
            f"x-amzn-producer-start-timestamp is {text!r}: write epoch seconds such as 1795393393.016."
        )
    seconds, fraction = match[1], match[2] or "0"
    millis = int(fraction) if len(fraction) <= 3 else int(fraction[:3])
    return int(seconds) * 1000 + millis
