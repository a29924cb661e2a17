"""What can go wrong at the intake desk. Each text is safe to show to the person."""

from clinic.base import ClinicError
from intake.models import ConsultationRequest


class PhoneNumberError(ClinicError):
    """The text is no phone number that we can call."""


class PhoneKnownError(ClinicError):
    """The request has another number already; only the desk changes it."""


class NoPhoneError(ClinicError):
    """A call was asked for, and there is no number to call."""


class FormUsedError(ClinicError):
    """The shown form was sent before with other words in it."""

    def __init__(self, request: ConsultationRequest) -> None:
        super().__init__("You sent this form before, with other answers.")
        self.request = request


class TooManyFormsError(ClinicError):
    """One number, address or network sent too many forms in a short time."""
