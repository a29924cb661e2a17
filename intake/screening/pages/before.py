"""Before the first question: where we could call, where the person is, and whom they trust."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.http import as_typed
from clinic.private import SeeOther
from intake import typed_text
from intake.errors import PhoneNumberError
from intake.models import Screening
from intake.phones import read_phone
from intake.screening import sittings
from intake.screening.fields import DECLINED_TEXT, LINE_LENGTH, LineField
from intake.screening.pages.base import SittingPage

NUMBER_ENDS = 4


class BeforeForm(forms.Form):
    """The number of the request need not be typed again: leaving the box empty keeps it."""

    use_required_attribute = False

    phone = forms.CharField(
        label=_("What number can we call if something is urgent?"),
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    whereabouts = LineField(
        limit=LINE_LENGTH,
        has_lines=False,
        label=_("Where are you right now?"),
        help_text=_("A city or an address. If you were in danger, help could be sent there."),
        required=False,
    )
    no_whereabouts = forms.BooleanField(label=DECLINED_TEXT, required=False)
    contact_name = LineField(
        limit=LINE_LENGTH,
        has_lines=False,
        label=_("Who could we call in an emergency?"),
        help_text=_("The name of somebody you trust. We call them only if we fear for your life and cannot reach you."),
        required=False,
    )
    contact_phone = forms.CharField(
        label=_("What is their phone number?"),
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_phone = str(screening.urgent_phone or screening.request.phone or "")
        self.fields["phone"].help_text = (
            gettext("Leave this empty to use the number ending in %(digits)s.")
            % {"digits": self.known_phone[-NUMBER_ENDS:]}
            if self.known_phone
            else gettext("A clinician calls it if they are worried about you, and for nothing else.")
        )
        self.is_kept = bool(screening.whereabouts)
        if self.is_kept:
            self.fields["whereabouts"].help_text = gettext("Leave this empty to keep what you wrote before.")
        for name in ("contact_name", "contact_phone"):
            self.fields[name].is_optional = True  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        """A number we can call; without one we cannot."""
        return _phone(self.cleaned_data["phone"]) or self.known_phone or self._no_phone()

    @staticmethod
    def _no_phone() -> str:
        raise forms.ValidationError(gettext("Enter a phone number, including the area code"))

    def clean_contact_phone(self) -> str:
        """A number, or nothing."""
        return _phone(self.cleaned_data["contact_phone"])

    def clean(self) -> dict[str, Any]:
        """A place, or the box; a number goes with a name."""
        said = self.cleaned_data
        if (
            not self.is_kept
            and not said.get("whereabouts")
            and not said.get("no_whereabouts")
            and "whereabouts" not in self.errors
        ):
            self.add_error("whereabouts", gettext("Enter a city or an address, or tick “Prefer not to answer”"))
        if said.get("contact_phone") and not said.get("contact_name"):
            self.add_error(
                "contact_name", gettext("Enter the name of the person with this number, or remove the number")
            )
        return said

    def said(self) -> sittings.Whereabouts:
        """Only after `is_valid()`."""
        said = self.cleaned_data
        contact = {"name": said["contact_name"], "phone": said["contact_phone"]} if said["contact_name"] else {}
        return sittings.Whereabouts(
            urgent_phone=said["phone"],
            whereabouts=said["whereabouts"]
            or ("" if self.is_kept and not said["no_whereabouts"] else str(DECLINED_TEXT)),
            emergency_contact=contact,
        )


def _phone(text: str) -> str:
    if not text.strip():
        return ""
    try:
        found = read_phone(typed_text.one_line(text))
    except PhoneNumberError as error:
        raise forms.ValidationError(str(error)) from error
    except ValueError:
        raise forms.ValidationError(gettext("Write one phone number, on one line")) from None
    return f"{found.number} ext. {found.extension}" if found.extension else found.number


class BeforeView(SittingPage):
    """Asked before the first question; can be changed until the answers are sent."""

    def show(self, request: HttpRequest) -> HttpResponse:
        """Empty boxes: nothing of it is shown back."""
        return self._page(BeforeForm(screening=self.screening))

    def take(self, request: HttpRequest) -> HttpResponse:
        """Keep it and go on to the first question."""
        form = BeforeForm(request.POST, screening=self.screening)
        if not form.is_valid():
            return self._page(form, status=422)
        self.screening = sittings.keep_whereabouts(screening=self.screening, said=form.said())
        return SeeOther(self.way_on())

    def show_typed(self, request: HttpRequest) -> HttpResponse:
        """What was typed, in the other language."""
        return self._page(as_typed(BeforeForm(request.POST, screening=self.screening)))

    def _page(self, form: BeforeForm, status: int = 200) -> HttpResponse:
        return self.page("before", form=form, status=status)
