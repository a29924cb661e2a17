"""The staff's side: the stock admin under our name, its login counted."""

import datetime as dt
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from clinic.http import client_ip
from clinic.limits import Limit, network_of, take

WINDOW = dt.timedelta(minutes=15)
# An account is counted together with the network, so that nobody can lock a colleague out from elsewhere.
AS_ONE_FROM_ONE_NETWORK = Limit(name="login-account", most=10, window=WINDOW)
FROM_ONE_NETWORK = Limit(name="login-network", most=100, window=WINDOW)
TOO_MANY = "too_many"


class LoginForm(AdminAuthenticationForm):
    """Counts each try before it looks at the password."""

    def clean(self) -> dict[str, Any]:
        """The right password is refused too while there are too many tries, else guessing would go on."""
        account = str(self.cleaned_data.get("username", "")).strip().lower()
        network = network_of(client_ip(self.request)) if self.request else ""
        takes = [take(FROM_ONE_NETWORK, network), take(AS_ONE_FROM_ONE_NETWORK, f"{account}|{network}")]
        if not all(takes):
            raise ValidationError("There were too many tries. Wait 15 minutes, then log in again.", code=TOO_MANY)
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class ClinicAdminSite(AdminSite):
    """Titles of the staff pages. The desk's own pages hang here."""

    site_header = "Clinic desk"
    site_title = "Clinic desk"
    index_title = "Desk"
    login_form = LoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django does it, and 429 for too many tries."""
        response = super().login(request, extra_context)
        form = (response.context_data or {}).get("form") if isinstance(response, TemplateResponse) else None
        if form is not None and form.has_error(NON_FIELD_ERRORS, TOO_MANY):
            response.status_code = 429
            response["Retry-After"] = str(int(WINDOW.total_seconds()))
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """No field of ours searches while one types; open, it would be a search for patients that nobody records."""
        raise Http404
