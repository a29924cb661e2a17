"""What staff write on the safety pages. Wording shown to staff only."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from clinic.models import User
from intake.models import SafetyLevel
from intake.safety import Attempt, Disposition
from intake.safety.policy import CLINICIANS

NOTE_LENGTH = 4000


def _note(label: str, *, required: bool, text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=NOTE_LENGTH,
        help_text=text,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write this down, then send it again."},
    )


class AttemptForm(forms.Form):
    """A try to reach the person."""

    outcome = forms.ChoiceField(
        label="How did it go?",
        choices=Attempt.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it went."},
    )
    note = _note("Note", required=False, text="Kept encrypted, read by clinicians only.")

    def clean(self) -> dict[str, Any]:
        """Something else needs words."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("outcome") == Attempt.OTHER and not typed.get("note"):
            self.add_error("note", "Write what happened.")
        return typed


class HandOverForm(forms.Form):
    """Another clinician takes it."""

    to = forms.ModelChoiceField(
        label="To", queryset=User.objects.none(), error_messages={"required": "Choose who takes over."}
    )
    note = _note("What they need to know", required=False)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = clinicians().exclude(pk=by.pk)  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    """The disposition."""

    disposition = forms.ChoiceField(
        label="How it ended",
        choices=Disposition.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose how it ended."},
    )
    note = _note("What was found and agreed", required=True)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class ConcernForm(forms.Form):
    """What anybody of the staff heard or saw."""

    in_danger = forms.ChoiceField(
        label="Is this person in danger right now?",
        choices=[("yes", "Yes, or I am not sure"), ("no", "No, but a clinician should call today")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes when you are not sure."},
    )
    words = _note("What did you hear or see?", required=True, text="In their words, if you can. Clinicians read it.")

    @property
    def level(self) -> SafetyLevel:
        """How soon somebody must call."""
        return SafetyLevel.EMERGENCY if self.cleaned_data["in_danger"] == "yes" else SafetyLevel.URGENT


def clinicians() -> QuerySet[User]:
    """Whoever may take a safety item, by name."""
    groups = Group.objects.filter(name__in=[role.value for role in CLINICIANS])
    return User.objects.filter(is_active=True, groups__in=groups).distinct().order_by("last_name", "email")
