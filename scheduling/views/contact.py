"""What we may send about a visit: each number and address of its request, stopped or allowed by its owner."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.http import client_ip, user_agent
from clinic.private import SeeOther
from clinic.public import public
from intake.models import ConsultationRequest
from intake.selectors import contact_addresses, subject_of
from notifications import consent
from notifications.models import Channel, Consent
from scheduling.views.visit import VisitPage
from scheduling.views.visit_words import masked

PAGE = "/visit/.../messages/"  # as the ledger keeps it: without the token
NOT_TICKED = _("Tick the box to agree, or leave things as they are")
READ_AGAIN = _("The wording changed while this page was open. Read it again and tick the box")


class ContactForm(forms.Form):
    """One wish for one channel. `wording` marks the words that stood beside the box."""

    channel = forms.ChoiceField(choices=Channel.choices)
    wish = forms.ChoiceField(choices=[("stop", "Stop"), ("allow", "Allow")])
    agree = forms.BooleanField(required=False)
    wording = forms.CharField(required=False, max_length=64)


@dataclass(frozen=True, kw_only=True)
class ContactLine:
    """One number or address: whether we may write to it, and the words to agree to where we may not."""

    channel: Channel
    address: str
    whither: str
    is_allowed: bool
    is_stopped: bool
    label: str
    rest: str
    wording: str
    mark: str


@public
class ContactView(VisitPage):
    """GET shows how things stand. POST stops at once, or allows with the box ticked; a STOP by text stays."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Each number and address of the request."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Write one wish in the consent ledger, once."""
        form = ContactForm(request.POST)
        asker = self.visit.request
        lines = {line.channel: line for line in self._lines()}
        if asker is None or not form.is_valid() or form.cleaned_data["channel"] not in lines:
            return self._page(request, status=422)
        line = lines[Channel(form.cleaned_data["channel"])]
        if form.cleaned_data["wish"] == "stop":
            _stop(line, asker)
        elif not line.is_allowed and not line.is_stopped:
            if not form.cleaned_data["agree"]:
                return self._page(request, status=422, channel=line.channel, error=NOT_TICKED)
            if form.cleaned_data["wording"] != line.mark:
                return self._page(request, status=422, channel=line.channel, error=READ_AGAIN)
            _allow(line, asker, request)
        return SeeOther(self.address_of("messages") + "?saved=1")

    def _page(
        self, request: HttpRequest, *, status: int = 200, channel: Channel | None = None, error: str | Promise = ""
    ) -> HttpResponse:
        context = {
            "visit": self.visit,
            "words": self.words,
            "lines": self._lines(),
            "saved": "saved" in request.GET and request.method == "GET",
            "wrong": channel,
            "error": error,
            "back": self.address_of("visit"),
        }
        return render(request, "visit/messages.html", context, status=status)

    def _lines(self) -> Sequence[ContactLine]:
        asker = self.visit.request
        return [self._line(channel, address) for channel, address in contact_addresses(asker)] if asker else []

    def _line(self, channel: Channel, address: str) -> ContactLine:
        wording = consent.wording_for(channel, self.profile)
        label, _stop_mark, rest = wording.partition(". ")
        return ContactLine(
            channel=channel,
            address=address,
            whither=masked(channel, address),
            is_allowed=consent.may_contact(channel=channel, address=address).allowed,
            is_stopped=consent.is_stopped(channel=channel, address=address),
            label=f"{label}.",
            rest=rest,
            wording=wording,
            mark=hashlib.sha256(wording.encode()).hexdigest(),
        )


def _stop(line: ContactLine, asker: ConsultationRequest) -> None:
    if line.is_allowed:
        consent.revoke(
            channel=line.channel, address=line.address, source=Consent.Source.LINK, subject_ref=subject_of(asker)
        )


def _allow(line: ContactLine, asker: ConsultationRequest, request: HttpRequest) -> None:
    with transaction.atomic():
        consent.grant(
            channel=line.channel,
            address=line.address,
            wording=line.wording,
            source=Consent.Source.WEB_FORM,
            page=PAGE,
            ip=client_ip(request),
            user_agent=user_agent(request),
            subject_ref=subject_of(asker),
            language=translation.get_language(),  # of the words that stood beside the box
            box_was_unticked=True,
        )
