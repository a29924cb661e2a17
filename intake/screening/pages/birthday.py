"""The date of birth: asked once at the start, and again from who comes back by link."""

import datetime as dt

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic import limits
from clinic.headings import Heading
from clinic.http import as_typed
from clinic.private import SeeOther
from intake.models import Screening
from intake.screening import holds, sittings
from intake.screening.date_boxes import DateBoxesField
from intake.screening.pages.base import SittingPage

TRIES_AN_HOUR = limits.Limit(name="birthday-hour", most=5, window=dt.timedelta(hours=1))
TRIES_A_DAY = limits.Limit(name="birthday-day", most=15, window=dt.timedelta(days=1))
OLDEST = 120
NOT_THE_SAME = _("That is not the date we have. Check the month, the day and the year")


class BirthdayForm(forms.Form):
    """Three boxes, month first."""

    use_required_attribute = False

    born = DateBoxesField(
        label=_("What is your date of birth?"),
        help_text=_("For example April 9 1984. It lets us be sure that these answers are yours."),
        is_whole=True,
        is_birthday=True,
        required=True,
        error_messages={"required": _("Enter your date of birth")},
    )

    def __init__(self, *args: object, today: dt.date) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.today = today
        self.fields["born"].label = str(Heading(gettext("What is your date of birth?")))

    def clean_born(self) -> dt.date:
        """A day in the past, of somebody who can be alive."""
        born = dt.date.fromisoformat(self.cleaned_data["born"])
        if born > self.today:
            raise forms.ValidationError(gettext("Your date of birth must be in the past"))
        if self.today.year - born.year > OLDEST:
            raise forms.ValidationError(
                gettext("Your date of birth must be %(year)s or later") % {"year": self.today.year - OLDEST}
            )
        return born


class BirthdayView(SittingPage):
    """GET asks. POST keeps the first date, or compares; too many tries lead to our phone."""

    needs_identity = False

    def guard(self) -> HttpResponse | None:
        return super().guard() if self.request.GET.get("to") != "copy" else None

    @property
    def _today(self) -> dt.date:
        return timezone.now().astimezone(self.profile.zone_info).date()

    def show(self, request: HttpRequest) -> HttpResponse:
        """Three empty boxes: the date is never shown back."""
        return self._page(BirthdayForm(today=self._today))

    def show_typed(self, request: HttpRequest) -> HttpResponse:
        """What was typed, in the other language; nothing is compared."""
        return self._page(as_typed(BirthdayForm(request.POST, today=self._today)))

    def take(self, request: HttpRequest) -> HttpResponse:
        """Go on to the questions, or explain."""
        form = BirthdayForm(request.POST, today=self._today)
        if not form.is_valid():
            return self._page(form, status=422)
        known, born = sittings.known_date_of_birth(self.screening), form.cleaned_data["born"]
        if known is not None and not self._is_within_limits():
            return self._page(form, status=429, is_locked=True)
        if known is not None and born != known and not self._is_correction():
            form.add_error("born", NOT_THE_SAME)
            return self._page(form, status=422)
        if born != known or self.screening.date_of_birth is None:
            self.screening = holds.keep_date_of_birth(screening=self.screening, born=born, today=self._today)
        self.visitor.recognise()
        if holds.is_under_age(self.screening):
            return self._page(form, is_held=True)
        if request.GET.get("to") == "copy":
            return SeeOther(self.address_of("copy"))
        if self.screening.status == Screening.Status.COMPLETED:
            return SeeOther(self.address_of("check"))
        return SeeOther(self.way_on() if self.screening.whereabouts else self.address_of("before"))

    def _is_correction(self) -> bool:
        """A slip may be mended by who made it, in the same browser, until staff have the date."""
        is_ours = self.screening.patient.date_of_birth is not None
        return self.visitor.is_known and not is_ours and self.screening.dob_confirmed_at is None

    def _is_within_limits(self) -> bool:
        takes = [limits.take(limit, str(self.screening.pk)) for limit in (TRIES_AN_HOUR, TRIES_A_DAY)]
        return all(takes)

    def _page(
        self, form: BirthdayForm, *, status: int = 200, is_locked: bool = False, is_held: bool = False
    ) -> HttpResponse:
        name = "locked" if is_locked else "held" if is_held else "birthday"
        return self.page(
            name, form=form, status=status, crisis=self.crisis(), birthday_path=self.address_of("birthday")
        )
