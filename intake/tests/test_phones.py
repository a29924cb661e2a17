import pytest

from intake.errors import PhoneNumberError
from intake.phones import Phone, read_phone


@pytest.mark.parametrize(
    "text",
    [
        "6125550142",
        "(612) 555-0142",
        "612.555.0142",
        "1-612-555-0142",
        "+1 612 555 0142",
        "tel:+1-612-555-0142",
        "٦١٢٥٥٥٠١٤٢",
    ],
)
def test_read_phone_takes_any_us_format(text):
    assert read_phone(text) == Phone(number="+16125550142")


@pytest.mark.parametrize("last", range(100, 200))
def test_read_phone_takes_every_example_number(last):
    assert read_phone(f"651-555-0{last}") == Phone(number=f"+16515550{last}")


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+33 1 23 45 67 89", Phone(number="+33123456789")),
        ("612-555-0142 ext. 57", Phone(number="+16125550142", extension="57")),
        ("1 800 FLOWERS", Phone(number="+18003569377")),
    ],
)
def test_read_phone_takes_other_countries_extensions_and_letters(text, phone):
    assert read_phone(text) == phone


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("no", "including the area code"),
        ("555-0142", "Add the area code"),
        ("911", "how many digits"),
        ("61255501421", "how many digits"),
        ("612-123-4567", "two digits may be swapped"),
        ("1-900-555-0100", "charge extra"),
        ("+1 612 555 0142 ext 12345678901234", "area code|extension"),
        ("6" * 10_000, "one phone number"),
    ],
)
def test_read_phone_when_we_cannot_call_it_says_how_to_mend_it(text, mend):
    with pytest.raises(PhoneNumberError, match=mend):
        read_phone(text)
