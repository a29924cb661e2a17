"""Staff's page about the questions of one request: how far they are, and what to do next. It never shows an answer."""

import uuid
from collections.abc import Callable

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_text
from django.utils.decorators import method_decorator
from django.views import View

from clinic.access import record_access
from clinic.base import ClinicError
from clinic.http import request_id as log_id
from clinic.models import AccessEvent, User
from clinic.private import SeeOther
from intake import selectors
from intake.models import ConsultationRequest, Screening
from intake.screening import flow, holds, sittings

MAY_SEND, MAY_WAIVE = "intake.send_screening", "intake.waive_screening"
BY_LETTER = "the link goes out by the channels the person agreed to, and stands on the page of their visit."
BY_HAND = "they agreed to no letters, so tell them: the questions stand on the page of their visit."
OFF = "Screening is switched off, or a questionnaire of this pack is not signed. Nothing was made."


class WaiveForm(forms.Form):
    """Why a clinician does without."""

    reason = forms.CharField(max_length=200, error_messages={"required": "Write why these questions are not needed"})


class WhyForm(forms.Form):
    """Why a clinician decides so about a visit on hold."""

    reason = forms.CharField(max_length=200, error_messages={"required": "Write why you decide so"})


@method_decorator(permission_required(MAY_SEND, raise_exception=True), name="dispatch")
class SittingsView(View):
    """GET lists the sittings of a request; POST does one thing to them."""

    http_method_names = ("get", "head", "post")
    asker: ConsultationRequest

    def dispatch(self, request: HttpRequest, *args: object, request_id: uuid.UUID, **kwargs: object) -> HttpResponse:
        """Find the request; who looked is written down."""
        self.asker = get_object_or_404(ConsultationRequest.objects.select_related("patient"), pk=request_id)
        record_access(
            by=self._user,
            action=AccessEvent.Action.READ,
            subject_ref=selectors.subject_of(self.asker),
            request_id=log_id(request),
        )
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    @property
    def _user(self) -> User:
        assert isinstance(self.request.user, User)  # noqa: S101 - the permission was checked
        return self.request.user

    def get(self, request: HttpRequest) -> HttpResponse:
        """How things stand."""
        rows = list(self.asker.screenings.select_related("waived_by", "entered_by", "patient", "hold_decided_by"))
        packs = [(value, label, flow.is_ready(value, self.asker.language)) for value, label in Screening.Pack.choices]
        context = {
            **admin.site.each_context(request),
            "title": f"Questions of {self.asker.reference}",
            "asker": self.asker,
            "rows": [(row, sittings.known_date_of_birth(row)) for row in rows],
            "now": timezone.now(),
            "packs": packs,
            "request_path": reverse("admin:intake_consultationrequest_change", args=[self.asker.pk]),
        }
        return render(request, "admin/desk/sittings.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a pack, waive, or confirm the date of birth."""
        acts: dict[str, Callable[[], str]] = {
            "send": self._send,
            "extend": self._extend,
            "waive": self._waive,
            "confirm": self._confirm,
            "go-ahead": self._decide,
            "call-off": self._decide,
        }
        act = acts.get(request.POST.get("act", ""))
        try:
            note = act() if act else "Choose what to do."
            messages.success(request, note)
        except ClinicError as error:
            messages.warning(request, str(error))
        return SeeOther(reverse("intake:sittings", args=[self.asker.pk]))

    def _send(self) -> str:
        pack = self.request.POST.get("pack", "")
        if pack not in Screening.Pack.values:
            return "Choose which questions to send."
        sent = sittings.send(request=self.asker, pack=pack)
        if sent is None:
            return OFF
        screening, letters = sent
        return f"{screening.get_pack_display()}: {BY_LETTER if letters else BY_HAND}"

    def _extend(self) -> str:
        row = sittings.keep_open(screening=self._sitting())
        if row.resumable_until is None:
            return "The link is open: its seven days begin with the first answer."
        return f"The same link is open again until {date_text(timezone.localtime(row.resumable_until), 'l, F j')}."

    def _decide(self) -> str:
        if not self.request.user.has_perm(MAY_WAIVE):
            raise PermissionDenied
        form = WhyForm(self.request.POST)
        if not form.is_valid():
            return str(form.errors["reason"][0])
        goes_ahead = self.request.POST.get("act") == "go-ahead"
        holds.decide(
            screening=self._sitting(), by=self._user, goes_ahead=goes_ahead, reason=form.cleaned_data["reason"]
        )
        return "The hold is lifted." if goes_ahead else "Kept on hold. The front desk calls and cancels the visit."

    def _waive(self) -> str:
        if not self.request.user.has_perm(MAY_WAIVE):
            raise PermissionDenied
        form = WaiveForm(self.request.POST)
        if not form.is_valid():
            return str(form.errors["reason"][0])
        sittings.waive(screening=self._sitting(), by=self._user, reason=form.cleaned_data["reason"])
        return "Waived. The person's link says that nothing is needed."

    def _confirm(self) -> str:
        sittings.confirm_date_of_birth(screening=self._sitting(), by=self._user)
        return "Confirmed. The person's link shows their answers back from now on."

    def _sitting(self) -> Screening:
        try:
            return self.asker.screenings.get(pk=uuid.UUID(self.request.POST.get("sitting", "")))
        except (ValueError, Screening.DoesNotExist):
            raise PermissionDenied from None
