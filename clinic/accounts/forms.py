"""Forms of the staff's login."""

import datetime as dt
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from clinic.http import client_ip
from clinic.limits import Limit, network_of, take

WINDOW = dt.timedelta(minutes=15)
FROM_ONE_NETWORK = Limit(name="login-network", most=100, window=WINDOW)
CODE_ONCE = Limit(name="code-once", most=1, window=dt.timedelta(minutes=3))
TOO_MANY = "too_many"


class LoginForm(AdminAuthenticationForm):
    """Counts the tries of a network before it looks at the password; axes counts those of an account."""

    def clean(self) -> dict[str, Any]:
        """The right password is refused too while there are too many tries, else guessing would go on."""
        network = network_of(client_ip(self.request)) if self.request else ""
        if not take(FROM_ONE_NETWORK, network):
            raise ValidationError("There were too many tries. Wait 15 minutes, then log in again.", code=TOO_MANY)
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class OneUse(BaseAuthenticateForm):
    """One code opens one thing, once: allauth remembers used codes in one process only."""

    def clean_code(self) -> str:
        """The code, unless it was used before."""
        code: str = super().clean_code()
        if not take(CODE_ONCE, f"{self.user.pk}|{code.replace(' ', '')}"):
            raise ValidationError("This code was used already. Wait for the next one.")
        return code


class CodeForm(OneUse, AuthenticateForm):
    """The code of the second step."""


class AgainForm(OneUse, ReauthenticateForm):
    """The same, asked for once more."""
