"""The public page of the intake desk."""

import datetime as dt
import time
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views import View

from clinic import links
from clinic.http import client_ip, keeps_typed, switches_language, user_agent
from clinic.limits import Limit, network_of, take
from clinic.models import ClinicProfile
from clinic.public import public
from intake.consultation import Consultation, Evidence
from intake.errors import FormUsedError, TooManyFormsError
from intake.forms import ConsultationForm
from intake.services import submit_consultation
from intake.sources import source_from_link

HOUR = dt.timedelta(hours=1)
# A clinic or a phone network shares one address among many people; one person rarely asks twice.
FROM_ONE_NETWORK = Limit(name="form-network", most=60, window=HOUR)
KEEPS_HIDDEN = ("paused", "not_served", "sent_before")  # pages that bring what was typed along in hidden fields
FOR_ONE_CONTACT = Limit(name="form-contact", most=5, window=HOUR)


@public
@keeps_typed
class ConsultationView(View):
    """*Schedule Free Consultation*. `next_purpose` names the private link that a sent form leads to."""

    next_purpose = "time"
    http_method_names = ("get", "head", "post")
    profile: ClinicProfile

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.profile = ClinicProfile.current()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form. It may stay in the browser's memory, so that Back brings what was typed."""
        if self.profile.booking_paused:
            return self._page("paused")
        source = source_from_link(request.GET.get("from", ""))
        response = self._form(ConsultationForm(profile=self.profile, source=source))
        response["Cache-Control"] = "private, no-cache"
        return response

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take the form, or answer with a page that holds everything that was typed."""
        form = ConsultationForm(request.POST, profile=self.profile)
        if switches_language(request):
            return self._in_other_language(form)
        if self.profile.booking_paused:
            return self._page("paused", form=form)
        if "change" in request.POST:
            return self._form(form.reopened())
        if reasons := form.reasons_not_served():
            return self._page("not_served", form=form, reasons=reasons)
        if not form.is_valid():
            return self._form(form, status=HTTPStatus.BAD_REQUEST if form.unreadable else HTTPStatus.OK)
        return self._submit(form)

    def _in_other_language(self, form: ConsultationForm) -> HttpResponse:
        """The page on which the button was pressed, with all that was typed; nothing is taken or counted."""
        page, reasons = self.request.POST.get("page", ""), form.reasons_not_served()
        if page not in KEEPS_HIDDEN or (page == "not_served" and not reasons):
            return self._form(form.in_this_language())
        return self._page(page, form=form, reasons=reasons)

    def _submit(self, form: ConsultationForm) -> HttpResponse:
        consultation = form.to_request()
        try:
            kept = submit_consultation(
                consultation, evidence=self._evidence(), admit=lambda: self._is_within_limits(consultation)
            )
        except TooManyFormsError:
            return self._too_many(form)
        except FormUsedError:
            form.typed["form_key"] = form.ticket.with_new_key().sealed()
            return self._page("sent_before", status=HTTPStatus.CONFLICT, form=form)
        response = HttpResponseRedirect(links.path_for(self.next_purpose, kept.pk))
        response.status_code = HTTPStatus.SEE_OTHER
        return response

    def _evidence(self) -> Evidence:
        browser = self.request.COOKIES.get(settings.CSRF_COOKIE_NAME, "")
        return Evidence(
            page=self.request.path,
            ip=client_ip(self.request) or None,
            user_agent=user_agent(self.request),
            sender=salted_hmac("intake.browser", browser, algorithm="sha256").hexdigest() if browser else "",
        )

    def _is_within_limits(self, consultation: Consultation) -> bool:
        """Count a new form against its network, its number and its address, always in this order."""
        ip = client_ip(self.request)
        takes = [take(FROM_ONE_NETWORK, network_of(ip))] if ip else []
        takes += [
            take(FOR_ONE_CONTACT, contact) for contact in (consultation.phone, consultation.email.lower()) if contact
        ]
        return all(takes)

    def _too_many(self, form: ConsultationForm) -> HttpResponse:
        form.add_error(
            None,
            _(
                "We have had many requests from you or your network in the last hour, so we did not take this one. "
                "Your answers are still here. Call us on %(phone)s, or send it in an hour."
            )
            % {"phone": self.profile.phone.as_national},
        )
        response = self._form(form, status=HTTPStatus.TOO_MANY_REQUESTS)
        window = HOUR.total_seconds()
        response["Retry-After"] = str(int(window - time.time() % window) + 1)
        return response

    def _form(self, form: ConsultationForm, *, status: int = HTTPStatus.OK) -> HttpResponse:
        return self._page("form", status=status, form=form)

    def _page(self, name: str, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
        response = render(self.request, f"consultation/{name}.html", {"clinic": self.profile, **context}, status=status)
        response["Cache-Control"] = "no-store"
        # With no-referrer browsers send `Origin: null` with the next POST, and that is refused.
        response["Referrer-Policy"] = "same-origin"
        return response
