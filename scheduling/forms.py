"""What patients send us about times and visits. Templates show these fields by hand: radios and one box."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from intake.errors import PhoneNumberError
from intake.phones import read_phone
from notifications.models import Channel
from scheduling.models import Mode

LONGEST_REASON = 300
LONGEST_CONTACT = 254
LONGEST_START = 40
YEARS = range(2000, 3000)  # no visit lies outside; arithmetic with the first and last years of the calendar overflows


class StartField(forms.CharField):
    """An instant in ISO form with its offset, as `offers.value_of()` writes it. Cleans to UTC."""

    default_error_messages = {"garbled": _("Select one of the times below")}

    def to_python(self, value: Any) -> dt.datetime | None:  # type: ignore[override]
        text = super().to_python(value)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text[:LONGEST_START])
            if moment.tzinfo is None:
                raise ValidationError(self.error_messages["garbled"])
            if moment.year not in YEARS:
                raise ValidationError(self.error_messages["garbled"])
            return moment.astimezone(dt.UTC)
        except (ValueError, OverflowError) as error:
            raise ValidationError(self.error_messages["garbled"]) from error


class BookTimeForm(forms.Form):
    """A chosen start, how to meet, and the key of the shown page. Asks for the mode only where there are several."""

    start = StartField(error_messages={"required": _("Select a time")})
    mode = forms.ChoiceField(
        choices=(),
        error_messages={
            "required": _("Select how you would like to meet"),
            "invalid_choice": _("Select one of these ways to meet"),
        },
    )
    booking_key = forms.UUIDField(required=False, error_messages={"invalid": _("Choose a time again")})

    def __init__(self, *args: Any, modes: Sequence[Mode], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modes = list(modes)
        field = self.fields["mode"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(mode.value, mode.label) for mode in self.modes]
        field.required = len(self.modes) > 1

    def clean_mode(self) -> str:
        """The only way there is needs no choice."""
        return str(self.cleaned_data["mode"] or self.modes[0].value)

    def clean_booking_key(self) -> uuid.UUID:
        """A page without a key is as good as a new page."""
        return self.cleaned_data["booking_key"] or uuid.uuid4()


class CallMeForm(forms.Form):
    """The number to call, asked only of somebody who gave none. Cleans to the text as typed, once it reads as a number."""

    phone = forms.CharField(
        max_length=60,
        error_messages={
            "required": _("Enter a phone number, including the area code"),
            "max_length": _("Enter one phone number, including the area code"),
        },
    )

    def clean_phone(self) -> str:
        """Refused with the desk's own words."""
        phone: str = self.cleaned_data["phone"]
        try:
            read_phone(phone)
        except PhoneNumberError as error:
            raise ValidationError(str(error)) from error
        return phone


class CancelForm(forms.Form):
    """Why somebody cancels, if they want to say."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_REASON,
        error_messages={
            "max_length": format_lazy(_("Shorten your reason to {most} characters or fewer"), most=LONGEST_REASON)
        },
    )


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A number in E.164 or an e-mail address."""

    channel: Channel
    address: str


class SendMyLinkForm(forms.Form):
    """One box for a phone number or an e-mail address; `cleaned_data["contact"]` is a Contact."""

    contact = forms.CharField(
        max_length=LONGEST_CONTACT,
        error_messages={
            "required": _("Enter your phone number or e-mail address"),
            "max_length": _("Enter one phone number or e-mail address"),
        },
    )

    def clean_contact(self) -> Contact:
        """An @ makes it an e-mail address."""
        text: str = self.cleaned_data["contact"]
        if "@" in text:
            try:
                validate_email(text)
            except ValidationError as error:
                raise ValidationError(_("Enter an e-mail address like name@example.com")) from error
            return Contact(channel=Channel.EMAIL, address=text)
        if not any(letter.isdigit() for letter in text):
            raise ValidationError(
                _("Enter a phone number like 612-555-0142, or an e-mail address like name@example.com")
            )
        try:
            return Contact(channel=Channel.SMS, address=read_phone(text).number)
        except PhoneNumberError as error:
            raise ValidationError(str(error)) from error
