"""Forms of the staff's login."""

import datetime as dt
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from clinic.accounts import failed
from clinic.http import client_ip
from clinic.limits import Limit, network_of, take

WINDOW = dt.timedelta(minutes=15)
FROM_ONE_NETWORK = Limit(name="login-network", most=100, window=WINDOW)
CODE_TRIES = Limit(name="code-tries", most=10, window=WINDOW)
CODE_ONCE = Limit(name="code-once", most=1, window=dt.timedelta(minutes=3))
TOO_MANY = "too_many"


class LoginForm(AdminAuthenticationForm):
    """Counts the tries of a network before it looks at the password; axes counts those of an account."""

    def clean(self) -> dict[str, Any]:
        """The right password is refused too while there are too many tries, else guessing would go on."""
        network = network_of(client_ip(self.request)) if self.request else ""
        if not take(FROM_ONE_NETWORK, network):
            failed.note("password", "too_many")
            raise ValidationError("There were too many tries. Wait 15 minutes, then log in again.", code=TOO_MANY)
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            failed.note("password", "too_many" if getattr(self.request, "axes_locked_out", False) else "wrong")
            raise
        return cleaned


class CountedCode(BaseAuthenticateForm):
    """Codes of an account are counted, and each opens one thing, once: allauth knows of one process only.

    Right ones count as well, as at the idle lock. Passkeys do not: nobody guesses one, and while a stranger with
    the password uses up the tries, they still let their owner in.
    """

    def clean_code(self) -> str:
        """The code, unless there were too many or it was used before. A right one is refused then, too."""
        if not take(CODE_TRIES, str(self.user.pk)):
            failed.note("code", "too_many")
            raise ValidationError("There were too many tries. Wait 15 minutes, then try again.", code=TOO_MANY)
        try:
            code: str = super().clean_code()
        except ValidationError:
            failed.note("code")
            raise
        if not take(CODE_ONCE, f"{self.user.pk}|{code.replace(' ', '')}"):
            failed.note("code", "used")
            raise ValidationError("This code was used already. Wait for the next one.")
        return code


class CodeForm(CountedCode, AuthenticateForm):
    """The code of the second step."""


class AgainForm(CountedCode, ReauthenticateForm):
    """The same, asked for once more."""
