"""What allauth asks us: nobody signs up, it sends no mail of its own, and its secrets are encrypted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from clinic import crypto
from clinic.accounts import failed, locking, sessions
from clinic.accounts.forms import TOO_MANY
from clinic.limits import take
from clinic.models import ClinicProfile, User

SECRET_CONTEXT = "mfa.authenticator.secret"  # noqa: S105 - the name of a column, no secret


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by invitation only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def add_message(self, *_args: Any, **_kwargs: Any) -> None:
        """Our pages say what happened; allauth's own lines would say it twice."""

    def send_mail(self, *_args: Any, **_kwargs: Any) -> None:
        """Letters leave through the outbox only."""

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """As allauth's, and remember where: every login of staff ends here, behind the second step."""
        super().login(request, user)
        if isinstance(user, User):
            sessions.note(request, user)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Check the password of who is logged in, counted with those at the idle lock.

        allauth would look for its own table of addresses. Raises ValidationError when there were too many tries.
        """
        if not take(locking.TRIES, str(user.pk)):
            failed.note("password", "too_many")
            raise ValidationError(locking.TOO_MANY, code=TOO_MANY)
        if user.check_password(password):
            return True
        failed.note("password")
        return False


class SecondFactorAdapter(DefaultMFAAdapter):
    """The secret behind the codes is encrypted like answers are."""

    def encrypt(self, text: str) -> str:
        """As it stands in the database."""
        return crypto.encrypt(text, context=SECRET_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """As the code is made from it."""
        return str(crypto.decrypt(encrypted_text, context=SECRET_CONTEXT))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Whom a passkey is for: the host of the staff pages, under the neutral name."""
        return {**super().get_public_key_credential_rp_entity(), "name": ClinicProfile.current().message_brand}

    def generate_authenticator_name(self, *_args: Any) -> str:
        """Until the person names it."""
        return "Passkey"

    def get_totp_issuer(self) -> str:
        """What the app on the phone calls us: the neutral name."""
        return ClinicProfile.current().message_brand
