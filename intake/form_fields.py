"""The questions of *Schedule Free Consultation*: words, hints and order. `intake.forms` reads the answers."""

# mypy: untyped-calls-exclude=crispy_forms

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout
from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.models import ClinicProfile
from clinic.models.profile import STATES
from intake.models import ConsultationRequest
from notifications.consent import wording_for
from notifications.models import Channel

ELSEWHERE = "elsewhere"
NAME_LENGTH = 120
MESSAGE_LENGTH = 500

Request = ConsultationRequest


def state_choices(profile: ClinicProfile) -> list[tuple[str, str]]:
    """The states of the clinic's licences, then everywhere else."""
    return [*((code, STATES[code]) for code in profile.licensed_states), (ELSEWHERE, gettext("Somewhere else"))]


def consent_label_and_hint(channel: Channel, profile: ClinicProfile) -> tuple[str, SafeString]:
    """The consent wording, its first sentence as the box's label, the rest with links as its hint."""
    label, _stop, rest = wording_for(channel, profile).partition(". ")
    links = format_html('<a href="{}">{}</a>', reverse("privacy"), gettext("Privacy policy"))
    if channel == Channel.SMS:
        links = format_html('<a href="{}">{}</a> · {}', reverse("sms_terms"), gettext("Text message terms"), links)
    return f"{label}.", format_html("{} {}", rest, links)


class ConsultationFields(forms.Form):
    """What is asked. Nothing is `required` for the browser: we check on sending, in our own words."""

    use_required_attribute = False

    for_whom = forms.ChoiceField(
        label=_("Who is this for?"),
        choices=Request.ForWhom.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Select who this is for"), "invalid_choice": _("Select who this is for")},
    )
    state = forms.ChoiceField(
        label=_("Where will you be during your visits?"),
        help_text=_(
            "Our clinicians can only see people who are in a state where they hold a license. "
            "This counts for video and phone visits too."
        ),
        widget=forms.RadioSelect,
        error_messages={"required": _("Select where you will be"), "invalid_choice": _("Select where you will be")},
    )
    name = forms.CharField(
        label=_("What name should we use?"),
        help_text=_("What you would like to be called. It need not be your legal name."),
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter the name we should use")},
    )
    phone = forms.CharField(
        label=_("What number should we call or text you on?"),
        help_text=_("Give a phone number, an e-mail address, or both. We can only call you back if we have a number."),
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.EmailField(
        label=_("What is your e-mail address?"),
        required=False,
        max_length=None,  # `maxlength` would cut what is pasted without a word
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"invalid": _("Enter an e-mail address like name@example.com")},
    )
    sms_consent = forms.BooleanField(required=False)
    email_consent = forms.BooleanField(required=False)
    voicemail_ok = forms.BooleanField(
        label=_("You may leave me a voicemail"),
        required=False,
    )
    discreet = forms.BooleanField(
        label=_("Keep messages discreet"),
        help_text=_("They hold our neutral name, a time, a link and a phone number, and nothing else."),
        required=False,
    )
    best_time = forms.ChoiceField(
        label=_("What is the best time to call you?"),
        choices=Request.BestTime.choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Select a time of day from the list")},
    )
    help_with = forms.MultipleChoiceField(
        label=_("What would you like help with?"),
        help_text=_("Select all that apply. You can skip this."),
        choices=Request.HelpWith.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Select from the list")},
    )
    message = forms.CharField(
        label=_("Is there anything you want to tell us?"),
        help_text=format_lazy(_("Up to {most} characters. You can also tell us at your visit."), most=MESSAGE_LENGTH),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "data-limit": MESSAGE_LENGTH}),
    )
    website = forms.CharField(
        label=_("Leave this box empty"), required=False, widget=forms.TextInput(attrs={"class": "honeypot"})
    )
    form_key = forms.CharField(required=False, widget=forms.HiddenInput)


for _name in ("best_time", "help_with", "message"):
    ConsultationFields.base_fields[_name].is_optional = True  # type: ignore[attr-defined]


class ConsultationHelper(FormHelper):
    """The page's order and groups; the template writes the form tag, the error summary and the button."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.template_pack = "intake"
        self.form_tag = False
        self.disable_csrf = True
        self.error_summary = False
        self.layout = Layout(
            Fieldset(_("About you"), "for_whom", "state", "name"),
            Fieldset(_("How we can reach you"), "phone", "email"),
            Fieldset(
                _("How can we send your confirmation?"),
                HTML(
                    format_lazy(
                        '<p class="hint">{}</p>',
                        _("Select one, both or neither. If you select neither, we will call you."),
                    )
                ),
                "sms_consent",
                "email_consent",
            ),
            Fieldset(_("How to reach you safely"), "voicemail_ok", "discreet", "best_time"),
            Fieldset(
                _("What brings you here"),
                "help_with",
                HTML('{% include "consultation/not_monitored.html" %}'),
                "message",
            ),
            "website",
            "form_key",
        )
