"""Forms of passkeys: allauth's, which take what a browser made and fall over what somebody else did."""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from clinic.accounts import failed

NOT_A_PASSKEY = (KeyError, IndexError, AttributeError, TypeError, ValueError, struct.error)


class CredentialField(forms.JSONField):
    """JSON nested deeper than Python reads is no JSON, instead of an error of ours."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput("")


class AddPasskeyForm(AddWebAuthnForm):
    """A new one."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for nonsense too."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except NOT_A_PASSKEY as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


class PasskeyForm(AuthenticateWebAuthnForm):
    """The second step."""

    credential = CredentialField(widget=forms.HiddenInput)

    def clean_credential(self) -> Any:
        """The row of the passkey. Raises ValidationError for nonsense too."""
        try:
            return super().clean_credential()
        except (ValidationError, *NOT_A_PASSKEY) as error:
            failed.note("passkey")
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyAgainForm(PasskeyForm, ReauthenticateWebAuthnForm):
    """The same, asked for once more."""

    reauthenticated = True
