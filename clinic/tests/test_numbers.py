"""Numbers that somebody sends."""

import pytest

from clinic.numbers import page_number, whole_number

NONSENSE = ["", " 1", "-1", "+1", "1.0", "1e3", "1_0", "²", "٣", "9" * 19, "9" * 5000, "x"]


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_no_number_and_the_first_page(text):
    assert (whole_number(text), page_number(text)) == (None, 1)


def test_length_is_bounded():
    assert (whole_number("99", digits=2), whole_number("100", digits=2)) == (99, None)
    assert (page_number("9999"), page_number("10000"), page_number("0")) == (9999, 1, 1)
