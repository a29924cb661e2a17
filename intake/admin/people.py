"""The staff's side of the intake desk: who asked, how to reach them safely, who may be known already."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from clinic.admin_base import ReadOnlyAdmin, RecordedAdmin
from clinic.admin_history import HistoryAdmin
from clinic.admin_lists import OpenFilter, ReasonActionForm, chosen_rows, reason_given
from clinic.models import User
from intake.models import ConsultationRequest, Patient, PatientMerge, PossibleMatch
from intake.selectors import contact_search, request_search
from intake.services import close_request, decide_match


def isolated(text: object) -> SafeString:
    """A name from outside: right-to-left letters in it must not turn the words beside it round."""
    return format_html("<bdi>{}</bdi>", text)


class KeptAdmin(RecordedAdmin):
    """Nothing is added or deleted here, and who looked is written down."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """The encrypted columns need fields that know their kind."""

    date_of_birth = forms.DateField(required=False, help_text="As 1990-12-31")
    emergency_contact = forms.CharField(required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


@admin.register(Patient)
class PatientAdmin(KeptAdmin, HistoryAdmin):
    """People as the desk knows them. Public forms never change these rows; staff do."""

    form = PatientForm
    list_display = ("shown_name", "phone", "email", "known_since")
    search_fields = ("name",)  # shows the box; get_search_results() does the work
    search_help_text = "Name, phone in any format, or e-mail"
    show_full_result_count = False
    list_per_page = 50
    fields = ("name", "phone", "email", "language", "date_of_birth", "emergency_contact", "created_at")
    readonly_fields = ("created_at",)

    @admin.display(description="name", ordering="name_search")
    def shown_name(self, patient: Patient) -> SafeString:
        """As they want to be called."""
        return isolated(patient.name)

    @admin.display(description="known for", ordering="created_at")
    def known_since(self, patient: Patient) -> str:
        """The age of the record."""
        return timesince(patient.created_at)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Patient], search_term: str
    ) -> tuple[QuerySet[Patient], bool]:
        term = search_term.strip()
        return (queryset.filter(contact_search(term)) if term else queryset), False


class PossibleMatchInline(admin.TabularInline):  # type: ignore[type-arg]
    """Who this may be."""

    model = PossibleMatch
    extra = 0
    fields = readonly_fields = ("patient", "shares", "verdict", "decided_by")
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[PossibleMatch]:
        return super().get_queryset(request).select_related("request", "patient", "decided_by")


class OpenRequests(OpenFilter):
    """The queue. By status and not by time, so that the index of open requests serves it."""

    open_rows = Q(status=ConsultationRequest.Status.OPEN)


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(KeptAdmin):
    """Sent forms, as typed: the queue of open ones, first promised first.

    What a person sent is not ours to rewrite, so all of it is read-only; a request is closed with a reason.
    """

    subject_kind = "intake.request"
    list_display = (
        "reference",
        "shown_name",
        "waiting",
        "promise",
        "contact_safety",
        "phone_to_call",
        "email",
        "status",
    )
    list_filter = (OpenRequests, "state", "created_at")
    list_select_related = ("patient",)
    search_fields = ("reference",)  # shows the box; get_search_results() does the work
    search_help_text = "Reference, name, phone in any format, or e-mail"
    show_full_result_count = False
    list_per_page = 50
    action_form = ReasonActionForm
    actions = ("close",)
    inlines = (PossibleMatchInline,)
    fieldsets = (
        (None, {"fields": ("reference", "status", "patient", "waiting", "promise", "questions")}),
        ("Reach them safely", {"fields": ("contact_safety", "name", "phone_to_call", "email", "language")}),
        ("What they wrote", {"fields": ("for_whom", "state", "source", "help_with_words", "message_words")}),
        ("Closed", {"fields": ("closed_at", "closed_by", "close_reason")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The queue by promise; anything else newest first. Each has its index."""
        is_queue = not request.GET.get(OpenRequests.parameter_name) and not request.GET.get("q")
        return ("answer_promised_by",) if is_queue else ("-created_at",)

    def has_close_permission(self, request: HttpRequest) -> bool:
        """Who may close a request; Django asks it for the action below."""
        return request.user.has_perm("intake.change_consultationrequest")

    @admin.action(description="Close, with the reason beside this", permissions=["close"])
    def close(self, request: HttpRequest, queryset: QuerySet[ConsultationRequest]) -> None:
        """Close the chosen requests that are open, with their promised calls and waiting letters."""
        reason = reason_given(request)
        if not reason:
            self.message_user(request, "Write why, then choose Go again.", messages.WARNING)
            return
        closed = 0
        for one in chosen_rows(self, request, queryset).select_related("closed_by"):
            if one.status == ConsultationRequest.Status.OPEN:
                close_request(request=one, reason=reason, by=cast(User, request.user))
                closed += 1
            else:
                who = one.closed_by or "The system"
                text = f"Not closed: {one.reference}. {who} closed it already: {one.close_reason}"
                self.message_user(request, text, messages.WARNING)
        if closed:
            self.message_user(request, f"{closed} closed.", messages.SUCCESS)

    @admin.display(description="name", ordering="name_search")
    def shown_name(self, request: ConsultationRequest) -> SafeString:
        """As they want to be called."""
        return isolated(request.name)

    @admin.display(description="waiting", ordering="created_at")
    def waiting(self, request: ConsultationRequest) -> str:
        """How long ago it came."""
        return timesince(request.created_at)

    @admin.display(description="we call by", ordering="answer_promised_by")
    def promise(self, request: ConsultationRequest) -> str:
        """Whether what we promised is due."""
        if request.status == ConsultationRequest.Status.CLOSED:
            return "-"
        if request.answer_promised_by <= timezone.now():
            return f"late by {timesince(request.answer_promised_by)}"
        return f"in {timeuntil(request.answer_promised_by)}"

    @admin.display(description="contact safety")
    def contact_safety(self, request: ConsultationRequest) -> str:
        """What to heed before calling or writing."""
        rules = ["voicemail is fine" if request.voicemail_ok else "NO voicemail"]
        if request.is_discreet:
            rules.append("discreet messages")
        if request.best_time != ConsultationRequest.BestTime.ANY:
            rules.append(f"call in the {request.get_best_time_display().lower()}")
        return " · ".join(rules)

    @admin.display(description="phone", ordering="phone")
    def phone_to_call(self, request: ConsultationRequest) -> str:
        """The number with its extension."""
        if not request.phone:
            return "-"
        number = request.phone.as_national if request.phone.country_code == 1 else request.phone.as_international
        return f"{number} ext. {request.phone_extension}" if request.phone_extension else number

    @admin.display(description="would like help with")
    def help_with_words(self, request: ConsultationRequest) -> str:
        """The boxes they ticked."""
        labels = dict(ConsultationRequest.HelpWith.choices)
        return ", ".join(str(labels.get(code, code)) for code in request.help_with or ()) or "-"

    @admin.display(description="questions before the visit")
    def questions(self, request: ConsultationRequest) -> SafeString:
        """Where staff send them, hand over the tablet and see how far the person is."""
        return format_html('<a href="{}">See and send</a>', reverse("intake:sittings", args=[request.pk]))

    @admin.display(description="in their words")
    def message_words(self, request: ConsultationRequest) -> SafeString | str:
        """The free text, line by line."""
        lines = (request.message or "").split("\n")
        return format_html_join(SafeString("<br>"), "<bdi>{}</bdi>", ((line,) for line in lines)) or "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsultationRequest], search_term: str
    ) -> tuple[QuerySet[ConsultationRequest], bool]:
        term = search_term.strip()
        return (queryset.filter(request_search(term)) if term else queryset), False


@admin.register(PatientMerge)
class PatientMergeAdmin(ReadOnlyAdmin):
    """Records that were made one, and which were parted again. The desk's page undoes."""

    list_display = ("created_at", "kept", "absorbed", "merged_by", "reason", "undone_at")
    list_select_related = ("kept", "absorbed", "merged_by")
    exclude = ("moved", "settled")


@admin.register(PossibleMatch)
class PossibleMatchAdmin(KeptAdmin):
    """New people who may be known: the desk says which."""

    list_display = ("request", "request_name", "patient_name", "shares", "verdict", "created_at")
    list_filter = ("verdict",)
    list_select_related = ("request", "patient")
    show_full_result_count = False
    search_fields = ("request__reference",)  # shows the box; get_search_results() does the work
    search_help_text = "Reference, name, phone in any format, or e-mail"
    fields = ("request", "request_name", "patient", "shares", "verdict", "decided_by", "created_at")
    readonly_fields = ("request", "request_name", "patient", "shares", "decided_by", "created_at")

    @admin.display(description="name on the form")
    def request_name(self, match: PossibleMatch) -> SafeString:
        """The new name."""
        return isolated(match.request.name)

    @admin.display(description="patient we know")
    def patient_name(self, match: PossibleMatch) -> SafeString:
        """The known name."""
        return isolated(match.patient.name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PossibleMatch]:
        return super().get_queryset(request).select_related("request", "patient", "decided_by")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PossibleMatch], search_term: str
    ) -> tuple[QuerySet[PossibleMatch], bool]:
        term = search_term.strip()
        found = request_search(term, through="request__") | contact_search(term, through="patient__")
        return (queryset.filter(found) if term else queryset), False

    def save_model(self, request: HttpRequest, obj: PossibleMatch, form: Any, change: Any) -> None:
        decide_match(match=obj, verdict=PossibleMatch.Verdict(obj.verdict), by=cast(User, request.user))
