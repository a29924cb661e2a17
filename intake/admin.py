"""The staff's side of the intake desk: who asked, how to reach them safely, who may be known already."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from clinic.access import record_access, subject_ref
from clinic.http import request_id
from clinic.models import AccessEvent, User
from intake.errors import PhoneNumberError
from intake.models import ConsultationRequest, Patient, PossibleMatch
from intake.phones import read_phone
from intake.search_keys import email_key, name_key
from intake.services import decide_match

SHORTEST_NUMBER_PART = 4


def contact_search(term: str) -> Q:
    """Name without case and accents, e-mail, or phone as anybody writes it, also a part of one."""
    found = Q(name_search__contains=name_key(term)) | Q(email_search__contains=email_key(term))
    try:
        return found | Q(phone=read_phone(term).number)
    except PhoneNumberError:
        digits = "".join(letter for letter in term if letter.isascii() and letter.isdigit())
        if len(digits) >= SHORTEST_NUMBER_PART and not any(letter.isalpha() for letter in term):
            found |= Q(phone__contains=digits)
    return found


def isolated(text: object) -> SafeString:
    """A name from outside: right-to-left letters in it must not turn the words beside it round."""
    return format_html("<bdi>{}</bdi>", text)


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable when running
    """Nothing is deleted here, and every record opened or searched for is written down first."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        row = super().get_object(request, object_id, from_field)
        if row is not None and request.method == "GET" and self.has_view_permission(request, row):
            self._record(request, AccessEvent.Action.READ, subject_ref(self._subject(), row.pk))
        return row

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.GET.get("q"):
            self._record(request, AccessEvent.Action.SEARCH, f"{self._subject()}:search")
        return super().changelist_view(request, extra_context)

    def _subject(self) -> str:
        return "intake.request" if self.model is ConsultationRequest else f"intake.{self.opts.model_name}"

    def _record(self, request: HttpRequest, action: AccessEvent.Action, subject: str) -> None:
        record_access(by=cast(User, request.user), action=action, subject_ref=subject, request_id=request_id(request))


class PatientForm(forms.ModelForm):  # type: ignore[type-arg]
    """The encrypted columns need fields that know their kind."""

    date_of_birth = forms.DateField(required=False, help_text="As 1990-12-31")
    emergency_contact = forms.CharField(required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


@admin.register(Patient)
class PatientAdmin(RecordedAdmin):
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


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(RecordedAdmin):
    """Sent forms, as typed. What a person sent is not ours to rewrite, so all of it is read-only."""

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
    list_filter = ("status", "state", "created_at")
    list_select_related = ("patient",)
    search_fields = ("reference",)  # shows the box; get_search_results() does the work
    search_help_text = "Reference, name, phone in any format, or e-mail"
    show_full_result_count = False
    list_per_page = 50
    inlines = (PossibleMatchInline,)
    fieldsets = (
        (None, {"fields": ("reference", "status", "patient", "waiting", "promise")}),
        ("Reach them safely", {"fields": ("contact_safety", "name", "phone_to_call", "email", "language")}),
        ("What they wrote", {"fields": ("for_whom", "state", "help_with_words", "message_words")}),
        ("Closed", {"fields": ("closed_at", "closed_by", "close_reason")}),
    )

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

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

    @admin.display(description="in their words")
    def message_words(self, request: ConsultationRequest) -> SafeString | str:
        """The free text, line by line."""
        lines = (request.message or "").split("\n")
        return format_html_join(SafeString("<br>"), "<bdi>{}</bdi>", ((line,) for line in lines)) or "-"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsultationRequest], search_term: str
    ) -> tuple[QuerySet[ConsultationRequest], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(contact_search(term) | Q(reference=term.upper().replace("-", ""))), False


@admin.register(PossibleMatch)
class PossibleMatchAdmin(RecordedAdmin):
    """New people who may be known: the desk says which."""

    list_display = ("request", "request_name", "patient_name", "shares", "verdict", "created_at")
    list_filter = ("verdict",)
    list_select_related = ("request", "patient")
    show_full_result_count = False
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

    def save_model(self, request: HttpRequest, obj: PossibleMatch, form: Any, change: Any) -> None:
        decide_match(match=obj, verdict=PossibleMatch.Verdict(obj.verdict), by=cast(User, request.user))
