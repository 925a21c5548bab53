from itertools import pairwise

from counter.report.colours import BLACK, WHITE, cell_colours, channels, contrast

SHARES = [number / 1000 for number in range(1001)]


def test_text_can_be_read_on_every_cell() -> None:
    for share in SHARES:
        colours = cell_colours(share)
        # Level AA of WCAG 2.2 wants 4.5.
        assert contrast(channels(colours.text), channels(colours.ground)) >= 4.5


def test_more_people_are_darker() -> None:
    against_white = [contrast(channels(cell_colours(share).ground), WHITE) for share in SHARES[::50]]
    assert all(before < after for before, after in pairwise(against_white))


def test_the_contrast_of_wcag() -> None:
    # The two ends of the scale, and #767676, which is known as the lightest grey that passes on white.
    assert contrast(BLACK, WHITE) == 21
    assert contrast(WHITE, WHITE) == 1
    assert round(contrast(channels("#767676"), WHITE), 2) == 4.54


def test_shares_out_of_range_have_the_colours_of_the_ends() -> None:
    assert cell_colours(-1) == cell_colours(0)
    assert cell_colours(2) == cell_colours(1)
