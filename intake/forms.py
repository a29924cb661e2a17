"""Reads the form *Schedule Free Consultation*, and says how to mend what we cannot use."""

from dataclasses import replace
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import ClinicProfile
from intake import typed_text
from intake.consultation import Consultation
from intake.contact_checks import ContactChecks
from intake.form_fields import (
    ELSEWHERE,
    MESSAGE_LENGTH,
    ConsultationFields,
    ConsultationHelper,
    consent_label_and_hint,
    state_choices,
)
from intake.models import ConsultationRequest
from intake.phones import Phone
from intake.tickets import Ticket, TicketError, new_ticket, read_ticket, wording_digest
from notifications.models import Channel

PRESS_AGAIN = _("Nothing is lost: look over your answers and press the button again.")
BOXES = {"sms_consent": Channel.SMS, "email_consent": Channel.EMAIL}
NOT_SERVED = {
    "for_whom": (ConsultationRequest.ForWhom.UNDER_18, ConsultationRequest.ForWhom.SOMEONE_ELSE),
    "state": (ELSEWHERE,),
}


def _again(sentence: str) -> str:
    return f"{sentence} {PRESS_AGAIN}"


def _storable(typed: QueryDict) -> tuple[QueryDict, set[str]]:
    """A copy that can be shown and stored, and the names of the fields that had to be changed for it."""
    copy = QueryDict(mutable=True)
    changed = set()
    for name, values in typed.lists():
        kept = [typed_text.storable(value) if isinstance(value, str) else "" for value in values]
        if kept != values:
            changed.add(name)
        copy.setlist(name, kept)
    return copy, changed


class ConsultationForm(ContactChecks, ConsultationFields):
    """Bound to what was typed, or fresh with a new ticket. After `is_valid()`, `to_request()` and `ticket`."""

    def __init__(
        self,
        typed: QueryDict | None = None,
        *,
        profile: ClinicProfile,
        source: str = "",
        ticket: Ticket | None = None,
        **kwargs: Any,
    ) -> None:
        self.profile = profile
        self.ticket = ticket or new_ticket(profile, source=source)
        self.unreadable: set[str] = set()
        self.unticked: list[forms.BoundField] = []  # boxes to tick again, after a change of language
        copy = None
        if typed is not None:
            copy, self.unreadable = _storable(typed)
        else:
            kwargs["initial"] = {"form_key": self.ticket.sealed(), **kwargs.get("initial", {})}
        super().__init__(copy, **kwargs)
        self.fields["state"].choices = state_choices(profile)  # type: ignore[attr-defined]
        for name, channel in BOXES.items():
            self.fields[name].label, self.fields[name].help_text = consent_label_and_hint(channel, profile)
        self.helper = ConsultationHelper()

    @property
    def typed(self) -> QueryDict:
        """Our own copy of what was typed."""
        return self.data  # type: ignore[return-value]  # always a QueryDict here

    def typed_fields(self) -> list[tuple[str, str]]:
        """Everything typed, as hidden fields of another page bring it back."""
        names = [name for name in self.fields if name != "website"]
        return [(name, value) for name in names for value in self.typed.getlist(name)]

    def reopened(self) -> "ConsultationForm":
        """The same answers in a form that finds no fault with them yet."""
        return ConsultationForm(profile=self.profile, initial=self._answers())

    def in_this_language(self) -> "ConsultationForm":
        """The same page in the language that is active now: its answers, its key and the time it was shown.

        A tick beside a consent text counts for the words that were read, so those boxes come back empty.
        """
        try:
            ticket = read_ticket(self.typed.get("form_key", ""))
        except TicketError:
            ticket = self.ticket
        answers = {name: value for name, value in self._answers().items() if name not in {*BOXES, "form_key"}}
        form = ConsultationForm(
            profile=self.profile, ticket=replace(ticket, wording=wording_digest(self.profile)), initial=answers
        )
        form.unticked = [form[name] for name in BOXES if self.typed.get(name)]
        return form

    def _answers(self) -> dict[str, Any]:
        several = ("help_with",)
        return {
            name: self.typed.getlist(name) if name in several else self.typed.get(name, "")
            for name in self.fields
            if name in self.typed and name != "website"
        }

    def reasons_not_served(self) -> list[str]:
        """Why we cannot help this person here, asked before anything else: `under_18`, `someone_else`, `elsewhere`."""
        return [str(code) for name, codes in NOT_SERVED.items() for code in codes if self.typed.get(name) == code]

    def to_request(self) -> Consultation:
        """What was said, cleaned. Only after `is_valid()`."""
        said = self.cleaned_data
        phone: Phone | None = said["phone"]
        return Consultation(
            name=said["name"],
            for_whom=said["for_whom"],
            state=said["state"],
            email=said["email"],
            phone=phone.number if phone else "",
            phone_extension=phone.extension if phone else "",
            sms_consent=said["sms_consent"],
            email_consent=said["email_consent"],
            voicemail_ok=said["voicemail_ok"],
            discreet=said["discreet"],
            best_time=said["best_time"] or ConsultationRequest.BestTime.ANY,
            help_with=tuple(sorted(set(said["help_with"]))),
            message=said["message"],
            language=get_language() or settings.LANGUAGE_CODE,
            form_key=self.ticket.key,
            source=self.ticket.source,
        )

    def clean_message(self) -> str:
        """Each line end counts as one character, however the browser sends it."""
        message = typed_text.many_lines(self.cleaned_data["message"])
        if len(message) > MESSAGE_LENGTH:
            raise forms.ValidationError(
                gettext("Use %(most)s characters or fewer. You used %(used)s. You can tell us the rest at your visit")
                % {"most": MESSAGE_LENGTH, "used": f"{len(message):,}"}
            )
        return message

    def clean_website(self) -> str:
        """People do not see this box; programs fill in whatever they find."""
        if self.cleaned_data["website"]:
            self.typed["website"] = ""
            self.add_error(None, _again(gettext("A box that should stay empty was filled in. We emptied it.")))
        return ""

    def clean_form_key(self) -> str:
        """Reads the ticket; a broken one is replaced."""
        try:
            self.ticket = read_ticket(self.cleaned_data["form_key"])
        except TicketError:
            self._show_ticket()
            self.add_error(None, _again(gettext("We could not check that this form came from our page.")))
            return ""
        if self.ticket.age() < settings.FORM_MIN_SECONDS:
            self.add_error(None, _again(gettext("That was faster than people usually are.")))
        return ""

    def clean(self) -> dict[str, Any]:
        """What one answer means for another."""
        for name in sorted(self.unreadable & self.fields.keys()):
            self.add_error(name, gettext("We took out characters that we cannot store. Check what is left"))
        self._check_wording()
        self._check_reachable()
        self._check_boxes()
        return self.cleaned_data

    def _show_ticket(self) -> None:
        self.typed["form_key"] = self.ticket.sealed()

    def _check_wording(self) -> None:
        """A tick counts for the words that stood beside it, so changed words need a new tick."""
        current = wording_digest(self.profile)
        if self.ticket.wording == current:
            return
        self.ticket = replace(self.ticket, wording=current)
        self._show_ticket()
        for name in BOXES:
            if self.typed.pop(name, None):
                self.add_error(
                    name, gettext("We changed these words since you opened the page. Select the box if you agree")
                )

    def _check_reachable(self) -> None:
        """A phone number, or an e-mail address with its box ticked."""
        if self.errors.keys() & {"phone", "email", *BOXES} or self.cleaned_data.get("phone"):
            return
        if not self.cleaned_data.get("email"):
            self.add_error("phone", gettext("Enter a phone number or an e-mail address so that we can answer"))
        elif not self.cleaned_data.get("email_consent"):
            self.add_error("email_consent", gettext("Tick e-mail or add a number so that we can answer"))

    def _check_boxes(self) -> None:
        """A ticked box needs an address of its kind."""
        said = self.cleaned_data
        if said.get("sms_consent") and "phone" not in self.errors:
            if not said.get("phone"):
                self.add_error("phone", gettext("Enter the number we should text, or untick texts"))
            elif said["phone"].extension:
                self.add_error(
                    "phone", gettext("Texts cannot reach an extension. Enter a number without one, or untick texts")
                )
        if said.get("email_consent") and "email" not in self.errors and not said.get("email"):
            self.add_error("email", gettext("Enter the address we should e-mail, or untick e-mail"))
