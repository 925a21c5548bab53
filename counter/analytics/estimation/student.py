"""How wide a 95 % interval is. Pure."""

NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

_EXACT = {1: 12.706204736, 2: 4.302652730, 3: 3.182446305}


def t_quantile(days: int) -> float:
    """The 97.5 % quantile of Student's t with that many degrees of freedom, to 0.1 %.

    The expansion is formula 26.7.5 of Abramowitz and Stegun, Handbook of Mathematical Functions. Raises
    ValueError below 1.
    """
    if days < 1:
        raise ValueError(f"an interval needs at least one degree of freedom, not {days}")
    if days in _EXACT:
        return _EXACT[days]
    z = NORMAL
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum((term / float(days**power) for power, term in enumerate(terms)), 0.0)
