"""Reading a phone number as people write it."""

from dataclasses import dataclass

import phonenumbers
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType

from intake.errors import PhoneNumberError

REGION = "US"  # for numbers written without +
LONGEST = 60  # of what people type; more is no number, and parsing it costs time
LONGEST_EXTENSION = 10
UNCALLABLE = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}  # they cost us or the person extra


@dataclass(frozen=True, kw_only=True)
class Phone:
    """`number` in E.164; `extension` digits or empty."""

    number: str
    extension: str = ""


def _parse(text: str) -> PhoneNumber:
    if len(text) > LONGEST:
        raise PhoneNumberError(_("Enter one phone number, including the area code"))
    try:
        return phonenumbers.parse(text, REGION)
    except NumberParseException as error:
        raise PhoneNumberError(_("Enter a phone number, including the area code, like 612-555-0142")) from error


def read_phone(text: str) -> Phone:
    """Any US format, or + and the country's code. Raises PhoneNumberError, which says how to mend it.

    555-0100 to 555-0199 in a real area code pass: North America keeps them for examples.
    """
    number = _parse(text)
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        raise PhoneNumberError(_("Add the area code to the phone number, like 612-555-0142"))
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise PhoneNumberError(_("Check how many digits the phone number has. US numbers have 10, like 612-555-0142"))
    if not phonenumbers.is_valid_number(number):
        raise PhoneNumberError(_("Check the phone number. No phone has this one, so two digits may be swapped"))
    if phonenumbers.number_type(number) in UNCALLABLE:
        raise PhoneNumberError(_("Enter another phone number. We cannot call numbers that charge extra"))
    extension = number.extension or ""
    if len(extension) > LONGEST_EXTENSION:
        raise PhoneNumberError(_("Check the extension. It has more than %(most)s digits") % {"most": LONGEST_EXTENSION})
    return Phone(number=phonenumbers.format_number(number, PhoneNumberFormat.E164), extension=extension)
