"""How a name, a phone number and an e-mail address are read, on the public form and when staff type them."""

from django import forms
from django.utils.translation import gettext as _

from intake import typed_text
from intake.errors import PhoneNumberError
from intake.form_fields import NAME_LENGTH
from intake.phones import Phone, read_phone
from notifications import consent
from notifications.errors import AddressError
from notifications.models import Channel

EMAIL_LENGTH = 254  # RFC 5321, without the angle brackets


class ContactChecks(forms.Form):
    """For forms with the fields `name`, `phone` and `email`."""

    def clean_name(self) -> str:
        """One visible line."""
        try:
            name = typed_text.one_line(self.cleaned_data["name"])
        except ValueError:
            raise forms.ValidationError(_("Write the name on one line")) from None
        if not typed_text.is_visible(name):
            raise forms.ValidationError(_("Enter the name we should use"))
        if len(name) > NAME_LENGTH:
            raise forms.ValidationError(_("Use %(most)s characters or fewer for the name") % {"most": NAME_LENGTH})
        return name

    def clean_phone(self) -> Phone | None:
        """A number we can call, or none."""
        text: str = self.cleaned_data["phone"]
        if not text:
            return None
        try:
            return read_phone(typed_text.one_line(text))
        except PhoneNumberError as error:
            raise forms.ValidationError(str(error)) from error
        except ValueError:
            raise forms.ValidationError(_("Write one phone number, on one line")) from None

    def clean_email(self) -> str:
        """As typed, when the post room can write to it."""
        email: str = self.cleaned_data["email"]
        if not email:
            return ""
        try:
            normal = consent.normalise_address(Channel.EMAIL, email)
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
        if max(len(email), len(normal)) > EMAIL_LENGTH:
            raise forms.ValidationError(
                _("Use an e-mail address of %(most)s characters or fewer") % {"most": EMAIL_LENGTH}
            )
        return email
