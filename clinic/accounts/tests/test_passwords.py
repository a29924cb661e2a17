"""Which passwords are refused: common ones however lengthened, rows, and words that belong to the clinic or the person."""

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError

from clinic.models import ClinicProfile, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def robin():
    return User(email="robin.lindqvist@northside.example", first_name="Robin", last_name="Lindqvist")


def codes(password, user=None):
    try:
        validate_password(password, user)
    except ValidationError as error:
        return {one.code for one in error.error_list}
    return set()


def test_common_passwords_that_are_long_enough_are_all_refused():
    long_enough = [one for one in CommonPasswordValidator().passwords if len(one) >= 12]

    assert len(long_enough) == 190
    assert [one for one in long_enough if not codes(one)] == []


@pytest.mark.parametrize(
    "password",
    [
        "sunshine2026",
        "Sunshine-2026!",
        "!!!!sunshine!!!!",
        "sunshinesunshine",
        "Sunshine Sunshine 1",
        "p@ssw0rd2026",
        "Pa55word1234",
        "cookiemonster99",
        "123dragon456!!",
    ],
)
def test_lengthened_common_password_is_refused(password):
    assert "password_too_common" in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "abcdefghijkl",
        "zyxwvutsrqpo",
        "aaaaaaaaaaaa",
        "ababababababab",
        "3456789012345",
        "1Qaz2Wsx3Edc4",
        "asdf-ghjkl-zxc",
    ],
)
def test_rows_and_repetitions_are_refused(password):
    assert codes(password) & {"password_too_simple", "password_too_common"}


@pytest.mark.parametrize(
    "password",
    [
        "Robin-2026-desk",
        "lindqvist.robin1",
        "northside2026!",
        "ketamine-clinic-1",
        "MKWI Care 2026!",
        "Minnesota-Wellness",
        "clinicsunshine1",
    ],
)
def test_words_of_the_person_and_of_the_clinic_are_no_password(robin, password):
    assert codes(password, robin) & {"password_in_context", "password_too_similar"}


def test_words_of_the_clinic_are_those_of_this_clinic():
    before = codes("Quillfeather 24")
    ClinicProfile.objects.update(name="Quillfeather Health")

    assert (before, codes("Quillfeather 24")) == (set(), {"password_in_context"})


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "river otter lantern quiet",
        "the clinic by the old canal",
        "robin eats seven lemons",
        "x7#kQ9!mB2$z",
        "839201847362",
        "пять синих лодок",
        "dragon kettle sunshine",
        "a" * 30 + " long sentence of mine",
        " spaces are kept too ",
    ],
)
def test_anything_else_of_twelve_characters_will_do(robin, password):
    assert codes(password, robin) == set()


@pytest.mark.parametrize("password", ["", " " * 12, "\x00" * 12, "!!!!!!!!!!!!!!", "😀" * 12])
def test_odd_input_is_refused_and_breaks_nothing(password):
    assert codes(password)


def test_very_long_password_is_checked_quickly(robin):
    assert codes("lantern otter " * 300, robin) == set()
