"""What staff type during a call: who it is, what they agreed to word by word, and the time."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.http import QueryDict

from clinic.models import ClinicProfile
from intake import sources
from intake.consultation import Consultation
from intake.contact_checks import ContactChecks
from intake.form_fields import ELSEWHERE, state_choices
from intake.models import ConsultationRequest, Patient
from notifications.models import Channel
from scheduling.desk.pages import at_clinic
from scheduling.forms import YEARS, StartField
from scheduling.models import AppointmentType, Clinician, Mode
from scheduling.waivers import NAMES, OVERLAPS, Rule, Waiver

NEW, NOW, FREE = "new", "now", "free"
ANSWERS = (("", "Not asked"), ("yes", "Yes"), ("no", "No"))
LONGEST_SAID = 280  # with "Said: " it fits the ledger
TO_WAIVE = (*NAMES, *sorted(OVERLAPS))


class TimeFields(forms.Form):
    """Which visit, with whom and when; used by the call and by moving a visit."""

    use_required_attribute = False

    clinician = forms.ModelChoiceField(
        label="Clinician", queryset=Clinician.objects.none(), required=False, empty_label="Whoever is free"
    )
    mode = forms.ChoiceField(label="How", choices=Mode.choices, required=False)
    start = forms.CharField(label="Time", required=False, max_length=40)
    free_day = forms.DateField(
        label="Day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter the day as 2026-12-31"},
    )
    free_time = forms.TimeField(
        label="Time",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Enter the time as 14:30"},
    )
    waive = forms.MultipleChoiceField(
        choices=[(rule.value, rule.value) for rule in TO_WAIVE], required=False, widget=forms.MultipleHiddenInput
    )
    reason = forms.CharField(
        label="Why it goes over another visit",
        required=False,
        max_length=200,
        error_messages={"max_length": "Shorten the reason to 200 characters or fewer"},
    )

    def __init__(self, *args: Any, profile: ClinicProfile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile
        field = self.fields["clinician"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Clinician.objects.filter(is_bookable=True)

    def wanted(self) -> dt.datetime | None:
        """The chosen instant; None for now. Only after `clean()` found one."""
        wanted: dt.datetime | None = self.cleaned_data.get("wanted")
        return wanted

    def waiver(self) -> Waiver:
        """What was confirmed."""
        rules = frozenset(Rule(name) for name in self.cleaned_data["waive"])
        return Waiver(rules=rules, reason=self.cleaned_data["reason"])

    def find_time(self) -> None:
        """Read the three ways to say when into `cleaned_data["wanted"]`, or say what is missing."""
        said = self.cleaned_data
        choice = said.get("start", "")
        if choice == NOW:
            return
        if choice == FREE or (not choice and said.get("free_day")):
            said["wanted"] = self._typed_time()
        elif choice:
            try:
                said["wanted"] = StartField().clean(choice)
            except forms.ValidationError:
                self.add_error("start", "Choose one of the times, or type a day and a time")
        else:
            self.add_error("start", "Choose a time, or type a day and a time")

    def _typed_time(self) -> dt.datetime | None:
        day, time = self.cleaned_data.get("free_day"), self.cleaned_data.get("free_time")
        for name, value in (("free_day", day), ("free_time", time)):
            if value is None and name not in self.errors:
                self.add_error(name, "Enter the day" if name == "free_day" else "Enter the time")
        if day is None or time is None:
            return None
        if day.year not in YEARS:
            self.add_error("free_day", "Check the year")
            return None
        moment = at_clinic(day, time, self.profile.zone_info)
        if moment is None:
            self.add_error("free_time", "The clocks are put forward then, so this time does not exist")
        return moment


class PhoneForm(TimeFields, ContactChecks):
    """The whole call. `step` says which button was pressed: only `keep` and `book` need complete answers."""

    term = forms.CharField(label="Name, phone, e-mail or reference", required=False, max_length=200)
    person = forms.CharField(required=False, max_length=60)
    for_whom = forms.ChoiceField(
        label="Who is this for?", choices=(("", "Choose"), *ConsultationRequest.ForWhom.choices), required=False
    )
    state = forms.ChoiceField(label="Where will they be during the visits?", required=False)
    name = forms.CharField(label="Name to use", required=False, max_length=120)
    phone = forms.CharField(
        label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"invalid": "Enter an e-mail address like name@example.com"},
    )
    voicemail_ok = forms.BooleanField(label="We may leave a voicemail", required=False)
    discreet = forms.BooleanField(label="Keep messages discreet", required=False)
    best_time = forms.ChoiceField(
        label="Best time to call", choices=ConsultationRequest.BestTime.choices, required=False
    )
    sms_answer = forms.ChoiceField(label="Texts: they answered", choices=ANSWERS, required=False)
    sms_said = forms.CharField(label="In their words", required=False, max_length=LONGEST_SAID)
    email_answer = forms.ChoiceField(label="E-mail: they answered", choices=ANSWERS, required=False)
    email_said = forms.CharField(label="In their words", required=False, max_length=LONGEST_SAID)
    kind = forms.ModelChoiceField(
        label="Kind of visit", queryset=AppointmentType.objects.none(), required=False, empty_label=None
    )
    form_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    booking_key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, typed: QueryDict | None = None, *, profile: ClinicProfile, step: str = "", **kwargs: Any
    ) -> None:
        super().__init__(typed, profile=profile, **kwargs)
        self.step = step
        self.request: ConsultationRequest | None = None
        self.patient: Patient | None = None
        self.fields["state"].choices = (("", "Choose"), *state_choices(profile))  # type: ignore[attr-defined]
        self.fields["kind"].queryset = AppointmentType.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def to_consultation(self) -> Consultation:
        """What the caller said, as a sent form would say it."""
        said = self.cleaned_data
        phone = said["phone"]
        return Consultation(
            name=said["name"],
            for_whom=said["for_whom"],
            state=said["state"],
            email=said["email"],
            phone=phone.number if phone else "",
            phone_extension=phone.extension if phone else "",
            sms_consent=said["sms_answer"] == "yes",
            email_consent=said["email_answer"] == "yes",
            voicemail_ok=said["voicemail_ok"],
            discreet=said["discreet"],
            best_time=said["best_time"] or ConsultationRequest.BestTime.ANY,
            form_key=said["form_key"] or uuid.uuid4(),
            source=sources.WALK_IN if said.get("start") == NOW else sources.PHONE,
        )

    def said(self) -> dict[Channel, str]:
        """The words with which they agreed."""
        return {Channel.SMS: self.cleaned_data["sms_said"], Channel.EMAIL: self.cleaned_data["email_said"]}

    def clean_name(self) -> str:
        """One visible line; empty for an open request, whose name counts."""
        return super().clean_name() if self.cleaned_data["name"] else ""

    def clean_person(self) -> str:
        """`new`, `patient:<id>` or `request:<id>`; finds the row."""
        value: str = self.cleaned_data["person"]
        what, _, object_id = value.partition(":")
        try:
            if what == "patient":
                self.patient = Patient.objects.get(pk=uuid.UUID(object_id))
            elif what == "request":
                open_ones = ConsultationRequest.objects.filter(status=ConsultationRequest.Status.OPEN)
                self.request = open_ones.select_related("patient").get(pk=uuid.UUID(object_id))
        except (ValueError, Patient.DoesNotExist, ConsultationRequest.DoesNotExist):
            raise forms.ValidationError("Choose the person again: this one is not there any more") from None
        return value

    def clean(self) -> dict[str, Any]:
        """What one answer means for another."""
        if self.request is None and "person" not in self.errors:
            self._check_caller()
            self._check_consent()
        if self.step == "book":
            self.find_time()
            if self.cleaned_data.get("start") == NOW and not self.cleaned_data.get("clinician"):
                self.add_error("clinician", "Choose who sees them now")
        return self.cleaned_data

    def _check_caller(self) -> None:
        said = self.cleaned_data
        missing = {
            "for_whom": "Ask who this is for",
            "state": "Ask where they will be during the visits",
            "name": "Ask for the name to use",
        }
        for name, text in missing.items():
            if not said.get(name) and name not in self.errors:
                self.add_error(name, text)
        if said.get("for_whom") == ConsultationRequest.ForWhom.UNDER_18:
            self.add_error(
                "for_whom", "We see people who are 18 or older. Tell them who near them sees people of their age"
            )
        if said.get("for_whom") == ConsultationRequest.ForWhom.SOMEONE_ELSE:
            self.add_error(
                "for_whom", "The person who would come has to ask. They can call with the caller beside them"
            )
        if said.get("state") == ELSEWHERE:
            states = " or ".join(self.profile.licensed_state_names)
            self.add_error("state", f"Our clinicians can only see people who are in {states} during their visits")
        if not said.get("phone") and not said.get("email") and not self.errors.keys() & {"phone", "email"}:
            self.add_error("phone", "Ask for a phone number, or for an e-mail address")

    def _check_consent(self) -> None:
        said = self.cleaned_data
        for box, address, words, what in (
            ("sms_answer", "phone", "sms_said", "texts"),
            ("email_answer", "email", "email_said", "e-mail"),
        ):
            if said.get(box) != "yes":
                continue
            if not said.get(words) and words not in self.errors:
                self.add_error(words, f"Write what they said when you read the words about {what}")
            if not said.get(address) and address not in self.errors:
                self.add_error(address, f"They agreed to {what}: ask where we send them")
        phone = said.get("phone")
        if said.get("sms_answer") == "yes" and phone and phone.extension:
            self.add_error("phone", "Texts cannot reach an extension. Ask for a number without one")
